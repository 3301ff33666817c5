"""How technicians get to a location: gate, contact, phone; and who may read it."""

from datetime import datetime

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance.models import SiteNote
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MASK = "••••"


class SiteDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about getting in."""

    directions: str = ""
    gate_code: str = ""
    contact: str = ""
    phone: str = ""


class SiteNoteView(msgspec.Struct, frozen=True, kw_only=True):
    """A note as shown; masked, gate code, contact and phone stand as dots where there is something."""

    location_id: int
    directions: str
    gate_code: str
    contact: str
    phone: str
    changed_at: datetime
    changed_by: str


@transaction.atomic
def write_site_note(*, operator_id: int, location_id: int, details: SiteDetails, actor: Actor) -> None:
    """Replace what is known about getting into a location. Raises Refused `no-such-location`, `too-long`."""
    if stations.location(operator_id, location_id) is None:
        raise Refused("no-such-location", _("There is no such location."))
    if len(details.gate_code) > 64 or len(details.phone) > 64 or len(details.contact) > 255:
        raise Refused("too-long", _("Code and phone have 64 characters at most, the contact 255."))
    said = {name: value.strip() for name, value in msgspec.structs.asdict(details).items()}
    SiteNote.objects.update_or_create(
        location_id=location_id,
        defaults={
            **said,
            "operator_id": operator_id,
            "changed_at": clock.now(),
            "changed_by": actor.name[:255],
        },
    )
    audit.write_audit(actor, operator_id, "site_note.written", f"location:{location_id}")


def site_note(operator_id: int, location_id: int, *, is_masked: bool) -> SiteNoteView | None:
    """Return the note of a location; None: nobody wrote one. Masked for those who may not do work."""
    row = SiteNote.objects.filter(operator_id=operator_id, location_id=location_id).first()
    if row is None:
        return None

    def shown(text: str) -> str:
        return MASK if is_masked and text else text

    return SiteNoteView(
        location_id=location_id,
        directions=shown(row.directions),
        gate_code=shown(row.gate_code),
        contact=shown(row.contact),
        phone=shown(row.phone),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
