"""Who asks: a person or a machine, acting for one operator, with what they may do there."""

from __future__ import annotations

from typing import Literal

import msgspec

from chargehand.domain.accounts.permissions import Permission, Role

ActorKind = Literal["user", "api_key", "system"]


class Actor(msgspec.Struct, frozen=True):
    """Whoever does something, as the audit remembers them. `id` is None for the system itself."""

    kind: ActorKind
    id: int | None
    name: str


SYSTEM = Actor("system", None, "Chargehand")


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who passed a door.

    `location_ids` None: all of the operator's locations. `role` is None for API keys, whose
    permissions are the scopes they were issued with. `user_id` is None for them too.
    """

    operator_id: int
    operator_slug: str
    operator_name: str
    actor: Actor
    permissions: frozenset[Permission]
    role: Role | None = None
    user_id: int | None = None
    location_ids: frozenset[int] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether they may do this for their operator."""
        return permission in self.permissions

    def may_see_location(self, location_id: int) -> bool:
        """Whether a location of their operator is within what they may see."""
        return self.location_ids is None or location_id in self.location_ids
