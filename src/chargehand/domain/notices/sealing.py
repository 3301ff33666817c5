"""Encryption of addresses at rest: they hold tokens of other services, and phone numbers of people."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from chargehand.kernel.errors import Refused

_PURPOSE: Final = b"chargehand notices channel"


def seal(target: str) -> str:
    """Encrypt an address under a key derived from the installation's secret key."""
    return _cipher().encrypt(target.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt an address. Raises Refused `channel-unreadable` when the secret key is another one."""
    try:
        return _cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Refused(
            "channel-unreadable", "The secret key has changed since this channel was added. Add it again."
        ) from None


def mask(target: str) -> str:
    """What may be shown of an address: of a mail address or number both ends, of an URL its scheme and host."""
    if "://" in target:
        parts = urlsplit(target)
        host = parts.hostname or ""
        shown = host if "." in host and not re.fullmatch(r"[\d+.]+", host) else "…"
        return f"{parts.scheme}://{shown}/…"[:120]
    name, at, domain = target.partition("@")
    if at:
        return f"{name[:1]}…@{domain}"[:120]
    return f"{target[:3]}…{target[-2:]}" if len(target) > 6 else "…"


def code_of(channel_id: int, asked_at_text: str) -> str:
    """The six digits that prove that a message sent by a channel was read."""
    key = settings.SECRET_KEY.encode()
    digest = hmac.new(key, b"%s code %d %s" % (_PURPOSE, channel_id, asked_at_text.encode()), hashlib.sha256)
    return f"{int.from_bytes(digest.digest()[:8], 'big') % 1_000_000:06d}"


def _cipher() -> Fernet:
    digest = hmac.new(settings.SECRET_KEY.encode(), _PURPOSE, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
