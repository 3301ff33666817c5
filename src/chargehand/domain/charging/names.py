"""Names that stations give to charges and tokens, made fit for columns and indexes."""

from hashlib import blake2b
from typing import Final

import msgspec

from chargehand.domain.stations.events import AuthorizationAsked, Event, TransactionReported
from chargehand.domain.stations.told import clean

_LONGEST: Final = 255


def fit(event: Event | None) -> Event | None:
    """Return an event whose names hold no NUL and no endless text (quirk B5)."""
    if isinstance(event, TransactionReported):
        ref, token = _fit_name(event.ref), _fit_name(event.token_uid)
        if ref is not event.ref or token is not event.token_uid:
            return msgspec.structs.replace(event, ref=ref, token_uid=token)
    elif isinstance(event, AuthorizationAsked):
        token = _fit_name(event.token_uid)
        if token is not event.token_uid:
            return msgspec.structs.replace(event, token_uid=token or "")
    return event


def _fit_name(name: str | None) -> str | None:
    """Return a name itself if it fits; else its beginning and a digest, so that it never becomes another's."""
    if name is None or (len(name) <= _LONGEST and "\0" not in name):
        return name
    return f"{clean(name, 200)}#{blake2b(name.encode(), digest_size=16).hexdigest()}"
