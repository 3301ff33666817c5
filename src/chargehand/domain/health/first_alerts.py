"""When people were first told of incidents: what "told within 30 minutes" is measured by."""

from collections.abc import Collection
from datetime import datetime

from chargehand.domain.health.models import FirstAlert, Incident


def note_alerted(*, incident_ids: Collection[int], at: datetime) -> None:
    """Remember when the first message about incidents left for a person; later ones change nothing."""
    known = Incident.objects.filter(pk__in=list(incident_ids)).values_list("pk", flat=True)
    FirstAlert.objects.bulk_create(
        [FirstAlert(incident_id=number, alerted_at=at) for number in known], ignore_conflicts=True
    )


def first_alerts(incident_ids: Collection[int]) -> dict[int, datetime]:
    """Return when the first message about each incident left; those of which none did are missing."""
    rows = FirstAlert.objects.filter(incident_id__in=list(incident_ids))
    return dict(rows.values_list("incident_id", "alerted_at"))
