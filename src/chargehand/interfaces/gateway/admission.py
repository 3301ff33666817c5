"""Who may come in: identity from the path, password or certificate, security profile, protocol version.

Runs in threads: it asks the database and Argon2.
"""

import time
from collections import OrderedDict
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qs, unquote
from uuid import UUID

import msgspec
import structlog
from cryptography import x509
from cryptography.x509.oid import NameOID
from django.db import close_old_connections

from chargehand.domain.stations import connections, entry
from chargehand.domain.stations.entry import KnownStation, Passwords
from chargehand.interfaces.gateway import metrics
from chargehand.interfaces.gateway.websocket.handshake import Admission, Handshake, Refusal, challenge
from chargehand.protocols.ocpp.versions import VERSIONS, Version

#: Refused attempts of one identity from one address before it has to wait, and for how long (conformance H10).
FAILURES_ALLOWED: Final = 5
WAIT_S: Final = 60.0
_MOST_FAILURES_KEPT: Final = 10_000
_LONGEST_IDENTITY: Final = 48
_PREFERENCE: Final[tuple[Version, ...]] = tuple(reversed(VERSIONS))
#: Under which names a query may hold the identity, in small letters.
_IN_QUERY: Final = ("id", "identity", "chargepointid", "chargeboxid", "cpid")
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "sec-websocket-key"})

log = structlog.get_logger(__name__)


class Admitted(msgspec.Struct, frozen=True):
    """A station that may come in; `version` is None where none can be spoken (conformance H03, H04)."""

    station: KnownStation
    version: Version | None
    profile: int


class Failures:
    """Counts refused attempts by identity and address: slows a guesser down, locks no station out for good."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait(self, key: tuple[str, str], now: float) -> float:
        """Return how many seconds an attempt has to wait; 0 for none."""
        count, last = self._counts.get(key, (0, 0.0))
        return max(0.0, last + WAIT_S - now) if count >= FAILURES_ALLOWED else 0.0

    def add(self, key: tuple[str, str], now: float) -> None:
        """Count a refused attempt."""
        count, last = self._counts.pop(key, (0, now))
        self._counts[key] = (1 if now - last > WAIT_S else count + 1, now)
        if len(self._counts) > _MOST_FAILURES_KEPT:
            self._counts.popitem(last=False)

    def clear(self, key: tuple[str, str]) -> None:
        """Forget the failures of a station that came in."""
        self._counts.pop(key, None)


class Admissions:
    """Decides on handshakes; a station's certificate has to name one of `organisations`, unless there are none."""

    def __init__(self, organisations: Collection[str] = ()) -> None:
        self._organisations = frozenset(organisations)
        self._passwords = Passwords()
        self._failures = Failures()

    def decide(self, handshake: Handshake) -> Admitted | Refusal:
        """Decide on a handshake; asks the database and Argon2, so not in the event loop."""
        close_old_connections()
        identity, station = _find(handshake)
        if not identity or len(identity) > 255 or not identity.isprintable():
            return _refuse(404, "no-identity")
        key = (entry.identity_key(identity), handshake.peer.host)
        wait = self._failures.wait(key, time.monotonic())
        if wait > 0:
            metrics.REFUSED.labels("too-many-failures").inc()
            return Refusal(429, (("Retry-After", str(int(wait) + 1)),))
        if station is None:
            self._failures.add(key, time.monotonic()) if handshake.basic else None
            return self._let_wait(handshake, identity)
        if station.approval == "blocked":
            return _refuse(403, "blocked")
        refusal = self._check_security(handshake, station, identity)
        if refusal is not None:
            self._failures.add(key, time.monotonic())
            return refusal
        self._failures.clear(key)
        if identity != station.identity:
            entry.keep_alias(station.id, identity)
        return Admitted(station, choose_version(handshake.subprotocols, station), profile_of(handshake))

    def _let_wait(self, handshake: Handshake, identity: str) -> Refusal:
        headers = {name: value for name, value in handshake.headers.items() if name not in _SECRET_HEADERS}
        entry.let_wait(
            identity=identity,
            address=handshake.peer.host,
            subprotocols=list(handshake.subprotocols),
            profile=profile_of(handshake),
            handshake={
                "path": handshake.path[:500],
                "headers": dict(list(headers.items())[:50]),
                "has_password": handshake.basic is not None,
                "has_certificate": handshake.certificate is not None,
            },
        )
        log.info("unknown-station", identity=identity[:_LONGEST_IDENTITY], address=handshake.peer.host)
        return _refuse(404, "unknown")

    def _check_security(self, handshake: Handshake, station: KnownStation, identity: str) -> Refusal | None:
        """Hold the station to its security profile: a lower one is refused (A00.FR.002, TC_A_19)."""
        wanted = station.security_profile
        if wanted >= 2 and not handshake.is_tls:
            return _refuse(403, "needs-tls")
        if wanted == 3:
            return self._check_certificate(handshake, station)
        if wanted == 0 and handshake.basic is None:
            return None
        if wanted == 0 and not station.password_hash:
            return None
        if handshake.basic is None:
            metrics.REFUSED.labels("no-password").inc()
            return challenge()
        user, password = handshake.basic
        name = user.decode("utf-8", "replace")
        known = {entry.identity_key(station.identity), entry.identity_key(identity)}
        if entry.identity_key(name) not in known or not self._passwords.is_right(station, password):
            metrics.REFUSED.labels("wrong-password").inc()
            return challenge()
        return None

    def _check_certificate(self, handshake: Handshake, station: KnownStation) -> Refusal | None:
        """Check that TLS verified a certificate, and that it is this station's (A00.FR.403 to 407, 429)."""
        problem = "no-certificate"
        if handshake.certificate is not None:
            problem = _problem_of(handshake.certificate, station, self._organisations)
        if not problem:
            return None
        log.warning(
            "certificate-refused", station=station.identity, reason=problem, address=handshake.peer.host
        )
        return _refuse(401, problem)


def _problem_of(certificate: bytes, station: KnownStation, organisations: frozenset[str]) -> str:
    """Return why a certificate (DER) does not make out a station, "" where it does."""
    try:
        names = x509.load_der_x509_certificate(certificate).subject
    except ValueError:
        return "bad-certificate"
    if organisations and not organisations & _values(names, NameOID.ORGANIZATION_NAME):
        return "foreign-certificate"
    own = _values(names, NameOID.COMMON_NAME) | _values(names, NameOID.SERIAL_NUMBER)
    is_own = entry.identity_key(station.identity) in {entry.identity_key(name) for name in own}
    return "" if is_own else "wrong-certificate"


def _values(names: x509.Name, kind: x509.ObjectIdentifier) -> set[str]:
    return {str(name.value) for name in names.get_attributes_for_oid(kind)}


def _refuse(status: int, reason: str) -> Refusal:
    metrics.REFUSED.labels(reason).inc()
    return Refusal(status)


def identities_of(handshake: Handshake) -> list[str]:
    """Return what a station may call itself: the last part of the path, then what the query says (quirk B6)."""
    found = [unquote(handshake.segments[-1]).strip()] if handshake.segments else []
    asked = {name.lower(): values[0] for name, values in parse_qs(handshake.query).items()}
    found += [asked[name].strip() for name in _IN_QUERY if name in asked]
    return [identity for identity in found if identity]


def _find(handshake: Handshake) -> tuple[str, KnownStation | None]:
    """Return the identity a station is known by and the station; of a stranger the more telling identity."""
    identities = identities_of(handshake)
    for identity in identities:
        if len(identity) <= 255 and identity.isprintable() and (station := entry.find_station(identity)):
            return identity, station
    return (identities[-1] if identities else ""), None


def profile_of(handshake: Handshake) -> int:
    """Return the security profile that a handshake shows (OCPP 2.0.1 part 2 A 1.3)."""
    if handshake.is_tls:
        return 3 if handshake.certificate is not None else 2
    return 1 if handshake.basic is not None else 0


def choose_version(offered: tuple[str, ...], station: KnownStation) -> Version | None:
    """Return the version to speak: the one pinned if offered, else the newest offered (quirks E1, E3, E4).

    Without any offer only what was set for this station is assumed.
    """
    folded = {name.strip().lower(): name for name in offered}
    if station.version_pinned:
        return next((v for v in VERSIONS if v == station.version_pinned and v in folded), None)
    if not offered:
        return next((v for v in VERSIONS if v == station.assumes_version), None)
    return next((version for version in _PREFERENCE if version in folded), None)


def claim(admitted: Admitted, gateway_id: UUID, handshake: Handshake) -> int:
    """Make the connection the station's newest; return its epoch."""
    return connections.claim(
        station_id=admitted.station.id,
        operator_id=admitted.station.operator_id,
        gateway_id=gateway_id,
        version=admitted.version or "",
        profile=admitted.profile,
        address=handshake.peer.host,
    )


def admission_for(owner: object, version: Version | None) -> Admission:
    """Return the WebSocket layer's word for it."""
    return Admission(subprotocol=version, owner=owner)
