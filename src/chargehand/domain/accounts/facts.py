"""What can have happened to people and their roles."""

from typing import ClassVar

from chargehand.kernel.facts import Fact


class AccountsFact(Fact, frozen=True, kw_only=True):
    """Something happened to a person."""

    room: ClassVar[str] = "accounts"

    user_id: int


class PersonInvited(AccountsFact, frozen=True, kw_only=True):
    """Somebody was given a role at an operator by another person, `by`.

    `needs_password`: they are new and cannot sign in before they set one.
    """

    role: str
    by: str
    needs_password: bool
