"""Handing an incident back to the system: it tries to repair again, from the first step on."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.health import incidents
from chargehand.domain.health.treatments import treatment_of
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

_SAME: Final = ["acknowledged_at", "acknowledged_by", "assignee", "assignee_name", "snoozed_until", "run"]


def may_try(kind: str, scope: str) -> bool:
    """Tell whether the system knows anything to try against a fault from afar."""
    return bool(treatment_of(kind).ladder) and scope != "cohort"


@transaction.atomic
def hand_back(*, operator_id: int, incident_id: int, actor: Actor) -> None:
    """Let the system repair again: nobody looks after it, it is not put off, all steps may be taken anew.

    Guard rails hold as ever. Raises Refused `no-such-incident`, `incident-over`, `still-trying`,
    `nothing-to-try`.
    """
    row = incidents.living(operator_id, incident_id)
    if not may_try(row.kind, row.scope):
        raise Refused("nothing-to-try", _("Nothing can be tried from afar against this; somebody must look."))
    if row.steps.filter(run=row.run, state="asked").exists():
        raise Refused("still-trying", _("A step is still going on. Wait for its outcome."))
    row.acknowledged_at, row.acknowledged_by = None, ""
    row.assignee_id, row.assignee_name = None, ""
    row.snoozed_until = None
    row.run += 1
    row.save(update_fields=_SAME)
    incidents.note(
        row, "act", at=clock.now(), by=actor.name, sentence=_("Handed back: the system repairs again.")
    )
    audit.write_audit(actor, operator_id, "incident.handed_back", f"incident:{row.pk}", {})
