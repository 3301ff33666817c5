"""Profiles of wanted settings: written by people, held for a model, a location or a station."""

from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance.models import ConfigurationProfile
from chargehand.domain.maintenance.wanted import Profile, Wanted
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.secrets import PASSWORD_VARIABLES
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


class ProfileDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile says; enforced ones are written to stations by themselves, others on a person's word."""

    name: str
    settings: tuple[Wanted, ...]
    vendor: str = ""
    model: str = ""
    location_id: int | None = None
    station_id: int | None = None
    is_enforced: bool = False


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """A profile and who changed it last."""

    profile: Profile
    changed_at: datetime
    changed_by: str


@transaction.atomic
def save_profile(
    *, operator_id: int, details: ProfileDetails, actor: Actor, profile_id: int | None = None
) -> int:
    """Make a profile, or replace one; return its id.

    Raises Refused `bad-name`, `no-settings`, `twice`, `bad-setting`, `use-rotate-password`, `no-such-location`,
    `no-such-station`, `no-such-profile`.
    """
    _check(operator_id, details)
    values: dict[str, Any] = {
        **msgspec.structs.asdict(details),
        "name": details.name.strip()[:255],
        "settings": msgspec.to_builtins(details.settings),
        "changed_at": clock.now(),
        "changed_by": actor.name[:255],
    }
    if profile_id is None:
        profile_id = ConfigurationProfile.objects.create(operator_id=operator_id, **values).pk
    elif not ConfigurationProfile.objects.filter(operator_id=operator_id, pk=profile_id).update(**values):
        raise Refused("no-such-profile", _("There is no such profile."))
    audit.write_audit(actor, operator_id, "profile.saved", f"profile:{profile_id}")
    return profile_id


@transaction.atomic
def delete_profile(*, operator_id: int, profile_id: int, actor: Actor) -> None:
    """Delete a profile; what it wrote stays as it is. Raises Refused `no-such-profile`."""
    count, _counts = ConfigurationProfile.objects.filter(operator_id=operator_id, pk=profile_id).delete()
    if not count:
        raise Refused("no-such-profile", _("There is no such profile."))
    audit.write_audit(actor, operator_id, "profile.deleted", f"profile:{profile_id}")


def profiles(operator_id: int) -> list[ProfileView]:
    """Return the operator's profiles by name."""
    rows = ConfigurationProfile.objects.filter(operator_id=operator_id).order_by("name", "pk")
    return [
        ProfileView(
            profile=Profile(
                id=row.pk,
                name=row.name,
                settings=tuple(msgspec.convert(row.settings, type=list[Wanted])),
                vendor=row.vendor,
                model=row.model,
                location_id=row.location_id,
                station_id=row.station_id,
                is_enforced=row.is_enforced,
            ),
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )
        for row in rows
    ]


def _check(operator_id: int, details: ProfileDetails) -> None:
    if not details.name.strip():
        raise Refused("bad-name", _("Give the profile a name."))
    if not details.settings:
        raise Refused("no-settings", _("Name at least one setting."))
    if len({wanted.key for wanted in details.settings}) != len(details.settings):
        raise Refused("twice", _("A setting stands here twice."))
    for wanted in details.settings:
        if not 0 < len(wanted.name) <= 64 or len(wanted.component) > 64 or len(wanted.value) > 2500:
            raise Refused("bad-setting", _("Names have 64 characters at most, values 2500."))
        if wanted.name in PASSWORD_VARIABLES:
            raise Refused("use-rotate-password", _("Change the password by its own command."))
    if details.location_id is not None and stations.location(operator_id, details.location_id) is None:
        raise Refused("no-such-location", _("There is no such location."))
    if details.station_id is not None and stations.station(operator_id, details.station_id) is None:
        raise Refused("no-such-station", _("There is no such station."))
