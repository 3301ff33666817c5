"""People work through the repair queue: each decision is kept, audited and followed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.charging import cdrs, queries, repair_queue, resolutions, zombies
from chargehand.domain.charging.facts import TransactionAmended, TransactionEnded
from chargehand.domain.charging.models import Transaction
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

MIA = Actor("user", 7, "Mia")


def _case(operator: Operator) -> repair_queue.RepairCaseView:
    [case] = repair_queue.repair_cases(operator.pk).cases
    return case


def _said(operator: Operator) -> dict[str, Any]:
    return {"operator_id": operator.pk, "case_id": _case(operator).id, "actor": MIA}


def _orphan(operator: Operator) -> tuple[Talk, list[int]]:
    """Two open charges, and a stop that may belong to either."""
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=1)
    numbers = [talk.start(at=began, meter=1000, evse=evse) for evse in (1, 2)]
    talk.stop(-1, at=began + timedelta(minutes=40), meter=4000, stop_reason="Local")
    return talk, numbers


def _backwards(operator: Operator) -> int:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=9000)
    talk.meter(number, began + timedelta(minutes=5), register=8000)
    talk.stop(number, at=began + timedelta(minutes=30), meter=7900)
    cdrs.issue(number)
    return number


def test_an_orphan_stop_can_be_attached_to_its_charge(operator: Operator) -> None:
    _, (first, second) = _orphan(operator)
    assert _case(operator).suggestion == {"action": "attach", "transactions": [first, second]}
    resolutions.attach_stop(**_said(operator), transaction_id=second, note="plug B was free")
    row = Transaction.objects.get(pk=second)
    assert (row.state, row.energy_wh, row.stop_reason) == ("ended", Decimal(3000), "Local")
    assert row.ended_at == row.started_at + timedelta(minutes=40)
    assert StatedFact.objects.filter(name=TransactionEnded.name(), body__transaction_id=second).count() == 1
    assert repair_queue.repair_cases(operator.pk).cases == ()


def test_a_decision_is_audited_with_who_and_why(operator: Operator) -> None:
    _, (first, _) = _orphan(operator)
    case_id = _case(operator).id
    resolutions.attach_stop(**_said(operator), transaction_id=first, note="asked the driver")
    [entry] = audit.list_audit(operator.pk, subject=f"repair_case:{case_id}").entries
    assert (entry.actor, entry.action, entry.detail["note"]) == (MIA, "repair.attach", "asked the driver")
    found = repair_queue.repair_case(operator.pk, case_id)
    assert found is not None
    assert (found.state, found.resolved_by, found.resolution) == ("resolved", "Mia", "attach")


def test_a_stop_is_attached_to_no_foreign_ended_or_later_charge(operator: Operator) -> None:
    talk, (first, _) = _orphan(operator)
    said = _said(operator)
    other = Talk(operator.pk, "CP-2").start(meter=0)
    later = talk.start(at=now(), evse=3, meter=0)
    talk.stop(first, at=now(), meter=1500)
    codes = []
    for number in (other, first, later, 10**6):
        with pytest.raises(Refused) as refused:
            resolutions.attach_stop(**said, transaction_id=number)
        codes.append(refused.value.code)
    assert codes == ["other-station", "transaction-ended", "ends-before-start", "no-such-transaction"]


def test_a_charge_closed_by_evidence_is_amended_by_an_attached_stop(operator: Operator) -> None:
    talk, (first, _) = _orphan(operator)
    talk.boot(now() - timedelta(minutes=15))
    zombies.close_zombies(clock.now())
    assert Transaction.objects.get(pk=first).state == "system-closed"
    resolutions.attach_stop(**_said(operator), transaction_id=first)
    assert StatedFact.objects.filter(name=TransactionAmended.name(), body__transaction_id=first).count() == 1


def test_energy_by_hand_needs_a_reason_and_makes_a_new_record(operator: Operator) -> None:
    number = _backwards(operator)
    with pytest.raises(Refused) as refused:
        resolutions.set_energy(**_said(operator), energy_wh=Decimal(5000), note=" ")
    assert refused.value.code == "no-reason"
    resolutions.set_energy(**_said(operator), energy_wh=Decimal(5000), note="read off the display")
    cdrs.issue(number)
    cdrs.issue(number)
    records = queries.cdrs(operator.pk, number)
    assert [record.energy_wh for record in records] == [None, Decimal(5000)]
    assert "energy-by-hand" in records[1].flags
    dimension = records[1].periods[0]["dimensions"][0]
    assert (dimension["type"], Decimal(dimension["volume"])) == ("ENERGY", Decimal(5))


@pytest.mark.parametrize("energy", [Decimal(-1), Decimal("NaN"), Decimal(10) ** 12])
def test_impossible_energy_is_refused(operator: Operator, energy: Decimal) -> None:
    _backwards(operator)
    with pytest.raises(Refused) as refused:
        resolutions.set_energy(**_said(operator), energy_wh=energy, note="typo")
    assert refused.value.code == "bad-energy"


def test_the_rise_of_the_samples_can_be_taken(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=0)
    for minute, register in ((5, 90_000), (15, 91_500), (25, 93_000)):
        talk.meter(number, began + timedelta(minutes=minute), register=register)
    talk.stop(number, at=began + timedelta(minutes=30), meter=5_000_000)
    cdrs.issue(number)
    assert _case(operator).suggestion == {"action": "use-samples", "energy_wh": "3000"}
    assert resolutions.use_samples(**_said(operator)) == Decimal(3000)
    cdrs.issue(number)
    assert queries.cdrs(operator.pk, number)[-1].energy_wh == Decimal(3000)


def test_without_samples_there_is_nothing_to_take(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=9000)
    talk.stop(number, at=began + timedelta(minutes=30), meter=1000)
    with pytest.raises(Refused) as refused:
        resolutions.use_samples(**_said(operator))
    assert refused.value.code == "no-samples"


def test_an_open_charge_can_be_closed_by_a_person(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=3)
    number = talk.start(at=began, meter=1000)
    talk.meter(number, began + timedelta(minutes=30), register=2000)
    talk.disconnect(began + timedelta(minutes=40))
    zombies.close_zombies(clock.now() + timedelta(hours=25))
    said = _said(operator)
    with pytest.raises(Refused) as refused:
        resolutions.close_record(**said, ended_at=began - timedelta(minutes=1))
    resolutions.close_record(**said, ended_at=began + timedelta(minutes=40))
    row = Transaction.objects.get(pk=number)
    assert refused.value.code == "bad-time"
    assert (row.state, row.stop_reason, row.ended_at, row.energy_wh) == (
        "system-closed",
        "closed-by-person",
        began + timedelta(minutes=30),
        Decimal(1000),
    )


def test_a_dismissed_case_leaves_the_record_as_it_is_and_stays_closed(operator: Operator) -> None:
    number = _backwards(operator)
    said = _said(operator)
    resolutions.dismiss_case(**said, note="test charge")
    cdrs.issue(number)
    assert repair_queue.repair_cases(operator.pk).cases == ()
    with pytest.raises(Refused) as refused:
        resolutions.dismiss_case(**said)
    assert refused.value.code == "case-resolved"


def test_another_operator_cannot_touch_a_case(operator: Operator, other_operator: Operator) -> None:
    _backwards(operator)
    case_id = _case(operator).id
    with pytest.raises(Refused) as refused:
        resolutions.dismiss_case(operator_id=other_operator.pk, case_id=case_id, actor=SYSTEM)
    assert refused.value.code == "no-such-case"
    assert repair_queue.repair_case(other_operator.pk, case_id) is None


def test_cases_are_counted_by_kind_and_paged(operator: Operator) -> None:
    talk = Talk(operator.pk)
    for number in range(3):
        talk.stop(100_000 + number, at=now() - timedelta(minutes=number), meter=5)
    assert repair_queue.open_case_counts(operator.pk) == {"orphan-stop": 3}
    first = repair_queue.repair_cases(operator.pk, limit=2)
    second = repair_queue.repair_cases(operator.pk, limit=2, before_id=first.before_id)
    assert (len(first.cases), len(second.cases), second.before_id) == (2, 1, None)
