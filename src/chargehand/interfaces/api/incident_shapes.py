"""Findings, incidents, uptime and duty on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.interfaces.api.wire import Asked, Exact, Id, Text, Time, TimeAsked, Words

Which = Literal["standing", "open", "watching", "snoozed", "ended", "all"]
Scheme = Literal["nevi", "united-kingdom", "california"]
Said = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=r"^[^\x00]*$")]


class Finding(Schema):
    """Something a detector found; `evse` 0: the station itself. `severity` 0 (danger) to 9.

    `is_past`: found when it was over, in evidence that came late; nobody was alarmed.
    """

    id: int
    scope: str
    station_id: int
    station_ids: list[int]
    evse: int
    kind: str
    candidates: list[str]
    severity: int
    first_seen: Time
    found_at: Time
    is_past: bool
    sentence: str
    facts: dict[str, Any]


class FindingFilter(Schema):
    """Which findings a list is to show; `since` counts from when they were found."""

    station_id: Id | None = None
    location_id: Id | None = None
    kind: Words = ""
    since: TimeAsked | None = None
    is_past: bool | None = None


class Service(Schema):
    """For how long drivers are affected: until null while they are, due when the operator's target is used up."""

    since: Time
    until: Time | None
    due_at: Time | None


class Incident(Schema):
    """A fault with one cause. `drivers`: those who failed, wait, or would usually come within the hour.

    `state`: open while it shows, watching when it shows no more, resolved when it is over; `merged` became part
    of another.
    """

    id: int
    kind: str
    family: str
    scope: str
    title: str
    place: Text
    sentence: Text
    severity: int
    state: str
    station_id: int
    evse: int
    station_ids: list[int]
    location_id: int | None
    location_name: Text
    began_at: Time
    last_seen_at: Time
    opened_at: Time | None
    drivers_hit: int
    drivers_waiting: int
    drivers_expected: float
    drivers: float
    acknowledged_at: Time | None
    acknowledged_by: Text
    assignee_id: int | None
    assignee_name: Text
    snoozed_until: Time | None
    work_order_id: int | None
    recovery_note: Text
    resolved_at: Time | None
    resolved_by: Text
    is_by_charge: Annotated[bool, Field(description="A charge that worked proved its end.")]
    cause: Text
    fix: Text
    service: Service | None


class IncidentStation(Schema):
    """A place an incident concerns; `evse` 0: the station itself."""

    station_id: int
    identity: str
    evse: int
    place: str
    location_id: int | None
    is_connected: bool
    since: Time


class RecoveryStep(Schema):
    """What the system tried by itself; `state` is asked, worked, failed, refused or withheld."""

    id: int
    station_id: int
    evse: int
    step: str
    title: str
    state: str
    sentence: Text
    asked_at: Time
    settled_at: Time | None


class IncidentEvent(Schema):
    """Something that happened in an incident, or at its stations meanwhile."""

    at: Time
    kind: str
    title: str
    sentence: Text
    by: Text
    station_id: int | None
    evse: int | None
    ref: Text


class DriversTold(Schema):
    """What drivers read at a place now, here in English; `request_id`: the command that showed it on the display."""

    station_id: int
    evse: int
    place: str
    text: Text
    request_id: UUID | None
    told_at: Time
    told_by: Text


class Suggestion(Schema):
    """What may be done; `is_command`: by a command to the station."""

    code: str
    label: str
    effect: Text
    is_command: bool
    is_dangerous: bool


class Alert(Schema):
    """How far an incident's alert has come: to which step of the escalation, and who took it."""

    id: int
    state: str
    step: int
    next_at: Time | None
    opened_at: Time
    acknowledged_at: Time | None
    acknowledged_by: Text
    resolved_at: Time | None


class IncidentDetail(Incident):
    """An incident with what led to it, what was tried and what may be done."""

    merged_into: int | None
    probable_cause: Text
    remedy: Text
    felt: Annotated[Text, Field(description="What drivers notice.")]
    findings: list[Finding]
    stations: list[IncidentStation]
    steps: list[RecoveryStep]
    timeline: list[IncidentEvent]
    similar_ids: list[int]
    suggestions: list[Suggestion]
    told: list[DriversTold]
    alert: Alert | None


class IncidentFilter(Schema):
    """Which incidents a list is to show; `standing`: somebody should look."""

    which: Which = "standing"
    family: Words = ""
    kind: Words = ""
    station_id: Id | None = None
    location_id: Id | None = None
    assignee_id: Id | None = None


class IncidentAssignment(Asked):
    """Who looks after it; null: nobody."""

    user_id: Id | None


class Snooze(Asked):
    """Until when it is put off, at most 30 days."""

    until: TimeAsked


class IncidentNote(Asked):
    """A few words about it."""

    text: Said


class IncidentEnd(Asked):
    """What the cause was and what fixed it; `frees_plugs`: what was taken out of service comes back."""

    cause: Said
    fix: Said
    frees_plugs: bool = True


class DriverMessage(Asked):
    """Words of your own beside those that drivers read in their language; `on_display`: where there is one."""

    words: Annotated[Words, Field(max_length=300)] = ""
    on_display: bool = True


class IncidentReopening(Asked):
    """Why it is opened again."""

    reason: Words = ""


class UptimeFilter(Schema):
    """Which scheme, and up to which month; schemes look back twelve months or at the calendar year."""

    scheme: Scheme = "nevi"
    year: Annotated[int, Field(ge=2000, le=2190)]
    month: Annotated[int, Field(ge=1, le=12)] = 12
    location_id: Id | None = None


class PortUptime(Schema):
    """A port's figure in percent; null: it was not in operation. Seconds of its time and of its outages."""

    station_id: int
    station_identity: str
    location_id: int | None
    evse: int
    percent: Exact | None
    is_met: bool | None
    counted_s: int
    outage_s: int
    excluded_s: int
    unknown_s: int
    outages: int


class Uptime(Schema):
    """A report by a scheme's own formula. `percent` is the network's where the scheme has one (UK), else null."""

    scheme: Scheme
    since: Time
    until: Time
    target: Exact
    percent: Exact | None
    unmeasured: Annotated[Exact | None, Field(description="Share of time of which nothing is known (UK).")]
    met: int
    judged: int
    without_power: int
    ports: list[PortUptime]
    failures: int
    repaired: int
    mtbf_s: int | None
    mttr_s: int | None


class DutyFilter(Schema):
    """When: now if not given."""

    at: TimeAsked | None = None


class PersonOnDuty(Schema):
    """Somebody on duty."""

    user_id: int
    name: str


class Gap(Schema):
    """A time in which nobody is on duty."""

    since: Time
    until: Time


class RotaOnDuty(Schema):
    """A rota: who is on duty by it, and when nobody is within two weeks."""

    id: int
    name: str
    time_zone: str
    on_duty: list[PersonOnDuty]
    gaps: list[Gap]


class Duty(Schema):
    """Who is on duty at a time."""

    at: Time
    rotas: list[RotaOnDuty]
