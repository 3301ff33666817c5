"""What can have happened to a token. Followers keep stations' local lists and caches right by it."""

from typing import ClassVar

from chargehand.kernel.facts import Fact


class TokenFact(Fact, frozen=True, kw_only=True):
    """Something happened to a token."""

    room: ClassVar[str] = "tokens"

    token_id: int


class TokenIssued(TokenFact, frozen=True, kw_only=True):
    """An operator knows a token from now on."""


class TokenChanged(TokenFact, frozen=True, kw_only=True):
    """Holder, group, language or validity of a token is another."""


class TokenBlocked(TokenFact, frozen=True, kw_only=True):
    """A token must not charge any more."""


class TokenUnblocked(TokenFact, frozen=True, kw_only=True):
    """A token may charge again."""
