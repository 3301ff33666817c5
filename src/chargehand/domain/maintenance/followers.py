"""What the room does when something happened beneath it: jobs for incidents, marks for risk."""

from collections.abc import Sequence
from typing import Final

from chargehand.domain.health.facts import FaultFound, IncidentOpened, IncidentResolved, IncidentWorsened
from chargehand.domain.maintenance import incidents
from chargehand.kernel.facts import Fact


def look_after_incidents(stated: Sequence[Fact]) -> None:
    """Raise, hasten and call off the jobs of incidents; remember faults."""
    for fact in stated:
        if isinstance(fact, FaultFound):
            incidents.mark_fault(fact)
        elif isinstance(fact, IncidentOpened):
            incidents.raise_for(fact)
        elif isinstance(fact, IncidentWorsened):
            incidents.hasten(fact)
        elif isinstance(fact, IncidentResolved):
            incidents.call_off(fact)


INCIDENTS: Final = (FaultFound, IncidentOpened, IncidentWorsened, IncidentResolved)
