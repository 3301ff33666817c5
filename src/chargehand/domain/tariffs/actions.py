"""Verbs of the room: tariffs are made, given new versions, and assigned to places and token groups."""

from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.tariffs import canonical
from chargehand.domain.tariffs.cautions import Caution, find_cautions
from chargehand.domain.tariffs.elements import Tariff as TariffText
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.facts import AssignmentEnded, TariffAssigned, TariffVersionMade
from chargehand.domain.tariffs.models import Tariff, TariffAssignment, TariffVersion
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.views import Place
from chargehand.journal import log as journal
from chargehand.kernel import clock, ids
from chargehand.kernel.errors import Refused

#: OCPI 2.2.1 and 2.3.0 mod_tariffs: Tariff.id is a CiString(36).
LONGEST_ID = 36


class SavedTariff(msgspec.Struct, frozen=True):
    """What was saved, and what its writer should know; `is_new` is False where nothing changed."""

    tariff_id: int
    version_id: int
    cautions: tuple[Caution, ...]
    is_new: bool = True


@transaction.atomic
def create_tariff(
    *,
    operator_id: int,
    name: str,
    ocpi_json: bytes | str,
    actor: Actor,
    valid_from: datetime | None = None,
) -> SavedTariff:
    """Make a tariff with its first version from OCPI JSON (2.2.1 or 2.3.0); without an `id` it gets one.

    `valid_from` is aware and now if not given. Raises Refused `bad-name`, `bad-tariff`, `bad-tariff-id`,
    `tariff-id-taken`, `unknown-operator`.
    """
    title = _checked_name(name)
    read = _read(ocpi_json)
    operator = accounts.operator(operator_id)
    if operator is None:
        raise Refused("unknown-operator", _("There is no such operator."))
    ocpi_id = read.id.strip() or str(ids.new_id())
    if len(ocpi_id) > LONGEST_ID or not ocpi_id.isprintable() or not ocpi_id.isascii():
        raise Refused("bad-tariff-id", _("The id of a tariff has 1 to 36 printable ASCII characters."))
    try:
        with transaction.atomic():
            row = Tariff.objects.create(
                operator_id=operator_id,
                ocpi_id=ocpi_id,
                name=title,
                currency=read.currency,
                country=operator.country,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise Refused("tariff-id-taken", _("Another tariff has the id %s.") % ocpi_id) from None
    audit.write_audit(actor, operator_id, "tariff.created", f"tariff:{row.pk}", {"currency": row.currency})
    return _write(row, read, valid_from, actor)


@transaction.atomic
def add_version(
    *,
    operator_id: int,
    tariff_id: int,
    ocpi_json: bytes | str,
    actor: Actor,
    valid_from: datetime | None = None,
) -> SavedTariff:
    """Give a tariff a new version; the same content as the newest one, from no other time, changes nothing.

    Raises Refused `unknown-tariff`, `bad-tariff`, `other-id`, `other-currency`.
    """
    row = _locked(operator_id, tariff_id)
    read = _read(ocpi_json)
    if read.id.strip() not in {"", row.ocpi_id}:
        raise Refused(
            "other-id", _("This is the tariff %s; leave out the id or give this one.") % row.ocpi_id
        )
    if read.currency != row.currency:
        raise Refused("other-currency", _("A tariff keeps its currency. Make another tariff instead."))
    return _write(row, read, valid_from, actor)


@transaction.atomic
def rename_tariff(*, operator_id: int, tariff_id: int, name: str, actor: Actor) -> None:
    """Call a tariff something else. Raises Refused `unknown-tariff`, `bad-name`."""
    row = _locked(operator_id, tariff_id)
    row.name = _checked_name(name)
    row.save(update_fields=["name"])
    audit.write_audit(actor, operator_id, "tariff.renamed", f"tariff:{row.pk}")


@transaction.atomic
def assign_tariff(
    *,
    operator_id: int,
    tariff_id: int,
    actor: Actor,
    place: Place | None = None,
    token_group: str = "",
    priority: int = 0,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> int:
    """Let a tariff count at a place (None: everywhere), for a token group ("": everybody); return the id.

    Times are aware; `valid_from` is now if not given. Raises Refused `unknown-tariff`, `two-places`,
    `half-a-place`, `unknown-place`, `bad-priority`, `ends-before-start`, `bad-group`.
    """
    row = _locked(operator_id, tariff_id)
    where = place or Place()
    now = clock.now()
    starts = valid_from or now
    _check_assignment(where, token_group, priority, starts, valid_until)
    made = TariffAssignment.objects.create(
        operator_id=operator_id,
        tariff=row,
        **msgspec.structs.asdict(where),
        token_group=token_group.strip(),
        priority=priority,
        valid_from=starts,
        valid_until=valid_until,
        created_at=now,
        created_by=actor.name[:200],
    )
    if not _is_own(operator_id, made.pk, where):
        raise Refused("unknown-place", _("There is no such location or charger."))
    journal.state(
        [
            TariffAssigned(
                happened_at=now,
                operator_id=operator_id,
                tariff_id=row.pk,
                assignment_id=made.pk,
                valid_from=starts,
            )
        ]
    )
    detail = {**msgspec.structs.asdict(where), "token_group": token_group, "from": starts.isoformat()}
    audit.write_audit(actor, operator_id, "tariff.assigned", f"tariff:{row.pk}", detail)
    return made.pk


@transaction.atomic
def end_assignment(*, operator_id: int, assignment_id: int, actor: Actor, at: datetime | None = None) -> None:
    """Let an assignment count no longer than until `at`, now if not given; ended sooner it stays so.

    Charges that have begun keep their price. Raises Refused `unknown-assignment`, `ends-before-start`.
    """
    rows = TariffAssignment.objects.select_for_update().filter(operator_id=operator_id, pk=assignment_id)
    row = rows.first()
    if row is None:
        raise Refused("unknown-assignment", _("There is no such assignment."))
    now = clock.now()
    end = at or max(now, row.valid_from)
    if end < row.valid_from:
        raise Refused("ends-before-start", _("An assignment ends after it starts."))
    if row.valid_until is not None and row.valid_until <= end:
        return
    row.valid_until = end
    row.save(update_fields=["valid_until"])
    journal.state(
        [
            AssignmentEnded(
                happened_at=now,
                operator_id=operator_id,
                tariff_id=row.tariff_id,
                assignment_id=row.pk,
                valid_until=end,
            )
        ]
    )
    audit.write_audit(
        actor,
        operator_id,
        "tariff.assignment_ended",
        f"tariff:{row.tariff_id}",
        {"assignment": row.pk, "until": end.isoformat()},
    )


def _read(ocpi_json: bytes | str) -> TariffText:
    try:
        return read_tariff(ocpi_json)
    except TariffError as error:
        raise Refused("bad-tariff", str(error)) from None


def _checked_name(name: str) -> str:
    title = " ".join(name.split())
    if not 1 <= len(title) <= 200 or not title.isprintable():
        raise Refused("bad-name", _("A tariff's name has 1 to 200 characters."))
    return title


def _locked(operator_id: int, tariff_id: int) -> Tariff:
    row = Tariff.objects.select_for_update().filter(operator_id=operator_id, pk=tariff_id).first()
    if row is None:
        raise Refused("unknown-tariff", _("There is no such tariff."))
    return row


def _write(row: Tariff, read: TariffText, valid_from: datetime | None, actor: Actor) -> SavedTariff:
    now = clock.now()
    tariff = msgspec.structs.replace(read, id=row.ocpi_id, last_updated=now.replace(microsecond=0))
    written = canonical.write(tariff)
    cautions = find_cautions(tariff)
    last = row.versions.order_by("-number").first()
    if last is not None and last.digest == written.digest and valid_from in {None, last.valid_from}:
        return SavedTariff(row.pk, last.pk, cautions, is_new=False)
    made = TariffVersion.objects.create(
        tariff=row,
        number=1 if last is None else last.number + 1,
        ocpi_version=written.version.value,
        text=written.text,
        digest=written.digest,
        valid_from=valid_from or now,
        starts_at=tariff.start_date_time,
        ends_at=tariff.end_date_time,
        created_at=now,
        created_by=actor.name[:200],
    )
    about: dict[str, Any] = {"operator_id": row.operator_id, "tariff_id": row.pk, "version_id": made.pk}
    journal.state([TariffVersionMade(happened_at=now, valid_from=made.valid_from, **about)])
    detail = {"version": made.number, "digest": made.digest, "from": made.valid_from.isoformat()}
    audit.write_audit(actor, row.operator_id, "tariff.version_made", f"tariff:{row.pk}", detail)
    return SavedTariff(row.pk, made.pk, cautions)


def _check_assignment(
    where: Place, token_group: str, priority: int, starts: datetime, ends: datetime | None
) -> None:
    if where.location_id is not None and where.station_id is not None:
        raise Refused("two-places", _("Assign a tariff to a location or to a charger, not to both."))
    is_half = (where.evse is not None and where.station_id is None) or (
        where.connector is not None and where.evse is None
    )
    if is_half or (where.evse or 0) < 0 or (where.connector or 0) < 0:
        raise Refused("half-a-place", _("A plug needs its EVSE, and an EVSE its charger."))
    if not -1000 <= priority <= 1000:
        raise Refused("bad-priority", _("A priority lies between -1000 and 1000."))
    if ends is not None and ends <= starts:
        raise Refused("ends-before-start", _("An assignment ends after it starts."))
    if len(token_group) > 255 or "\0" in token_group:
        raise Refused("bad-group", _("A token group has at most 255 characters."))


def _is_own(operator_id: int, assignment_id: int, where: Place) -> bool:
    """Tell whether a place is the operator's: a row that is not there counts as somebody else's."""
    rows = TariffAssignment.objects.filter(pk=assignment_id)
    if where.location_id is not None:
        rows = rows.filter(location__operator_id=operator_id)
    if where.station_id is not None:
        rows = rows.filter(station__operator_id=operator_id)
    return rows.exists()
