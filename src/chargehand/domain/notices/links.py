"""Links in messages that work without signing in: signed, for one person and one alert, for some days."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
from django.conf import settings
from django.core import signing

from chargehand.kernel.errors import Refused

VALID_FOR: Final = timedelta(days=7)
_SALT: Final = "chargehand.notices.acknowledge"


class Bearer(msgspec.Struct, frozen=True):
    """Whom a link was sent to, about which alert."""

    alert_id: int
    user_id: int


def make_token(bearer: Bearer) -> str:
    """Return the token of a link."""
    return signing.TimestampSigner(salt=_SALT).sign(f"{bearer.alert_id}.{bearer.user_id}")


def read_token(token: str) -> Bearer:
    """Return whom a token was made for. Raises Refused `bad-link`, `link-expired`."""
    try:
        text = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=VALID_FOR)
    except signing.SignatureExpired:
        raise Refused("link-expired", "This link is too old.") from None
    except signing.BadSignature:
        raise Refused("bad-link", "This link is not complete.") from None
    alert_id, _, user_id = text.partition(".")
    return Bearer(int(alert_id), int(user_id))


def address(path: str) -> str:
    """The full address of a path, as people open it."""
    return f"{settings.PUBLIC_URL}{path}"
