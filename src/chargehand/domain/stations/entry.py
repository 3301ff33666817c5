"""Who may connect: a station by its identity and password, under its security profile.

Passwords are long random texts, so Argon2 runs with small parameters; it still takes milliseconds, so the
gateway asks from a thread and remembers what it verified (see decision 0005).
"""

import hmac
import os
from collections import OrderedDict
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from django.db import connection

from chargehand.domain.stations.models import StationAlias
from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

_hasher: Final = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)

_FIND: Final = """
SELECT s.id, s.operator_id, s.identity, s.approval, s.security_profile, s.password_hash, s.next_password_hash,
       s.version_pinned, s.assumes_version, s.vendor, s.clock_zone
FROM stations_station s WHERE s.identity_key = %s
UNION ALL
SELECT s.id, s.operator_id, s.identity, s.approval, s.security_profile, s.password_hash, s.next_password_hash,
       s.version_pinned, s.assumes_version, s.vendor, s.clock_zone
FROM stations_alias a JOIN stations_station s ON s.id = a.station_id WHERE a.spelling = %s
LIMIT 1
"""
_WAIT: Final = """
INSERT INTO stations_waiting AS w (identity, first_seen_at, last_seen_at, attempts, address, subprotocols,
    security_profile, handshake) VALUES (%s, %s, %s, 1, %s, %s, %s, %s::jsonb)
ON CONFLICT (identity) DO UPDATE SET last_seen_at = excluded.last_seen_at, attempts = w.attempts + 1,
    address = excluded.address, subprotocols = excluded.subprotocols,
    security_profile = excluded.security_profile, handshake = excluded.handshake
"""

#: Unknown stations shown at most: an attacker cannot fill the table.
MOST_WAITING: Final = 1000


class KnownStation(msgspec.Struct, frozen=True):
    """What the door needs to know of a station."""

    id: int
    operator_id: int
    identity: str
    approval: str
    security_profile: int
    password_hash: str
    next_password_hash: str
    version_pinned: str
    assumes_version: str
    vendor: str
    clock_zone: str = ""


def identity_key(identity: str) -> str:
    """Return what identities are compared by: no blanks around, no case (quirk B6)."""
    return identity.strip().casefold()


def find_station(identity: str) -> KnownStation | None:
    """Return the station that calls itself so, in any letter case or by an alias."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [identity_key(identity), identity[:255]])
        row = cursor.fetchone()
    return KnownStation(*row) if row else None


def keep_alias(station_id: int, spelling: str) -> None:
    """Remember another spelling of a station's identity."""
    StationAlias.objects.get_or_create(
        spelling=spelling[:255], defaults={"station_id": station_id, "seen_at": clock.now()}
    )


def let_wait(
    *, identity: str, address: str, subprotocols: list[str], profile: int, handshake: dict[str, Any]
) -> None:
    """Show a station nobody knows to people, with what it said; nothing secret is kept."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) >= %s FROM stations_waiting", [MOST_WAITING])
        if cursor.fetchone()[0]:
            cursor.execute(
                "DELETE FROM stations_waiting WHERE identity IN"
                " (SELECT identity FROM stations_waiting ORDER BY last_seen_at LIMIT 10)"
            )
        cursor.execute(
            _WAIT,
            [
                *(identity[:255].replace("\0", "\ufffd"), now, now, address[:64]),
                *([text[:64] for text in subprotocols[:10]], profile, json_text(handshake)),
            ],
        )


def hash_password(password: bytes) -> str:
    """Return the Argon2id hash of a station's password."""
    return _hasher.hash(password)


def _is_hash_of(stored: str, password: bytes) -> bool:
    try:
        return bool(stored) and _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """Checks passwords and remembers those that were right, by a keyed digest that dies with the process."""

    def __init__(self, most: int = 100_000) -> None:
        self._key = os.urandom(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._most = most

    def is_right(self, station: KnownStation, password: bytes) -> bool:
        """Tell whether a password is the station's, as raw bytes or as their hex text (conformance H08, H09).

        While a new password is being set both hold (TC_A_09, TC_A_10).
        """
        for stored in (station.password_hash, station.next_password_hash):
            if not stored:
                continue
            mark = hmac.digest(self._key, stored.encode() + b"\0" + password, "sha256")
            if mark in self._right:
                return True
            if _is_hash_of(stored, password) or any(
                _is_hash_of(stored, other) for other in _other_forms(password)
            ):
                self._right[mark] = None
                if len(self._right) > self._most:
                    self._right.popitem(last=False)
                return True
        return False


def _other_forms(password: bytes) -> list[bytes]:
    """Return the bytes that a hex text stands for, and the hex text of bytes (AuthorizationKey, A00.FR.205)."""
    try:
        return [bytes.fromhex(password.decode("ascii"))]
    except (ValueError, UnicodeDecodeError):
        return [password.hex().encode(), password.hex().upper().encode()]
