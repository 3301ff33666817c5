"""The repair queue through the API: cases listed, decided, and what follows from it."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from tests.interfaces.api.conftest import AddSession

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.charging.models import RepairCase, Transaction
from chargehand.domain.stations.models import ChargingStation
from chargehand.kernel import clock

CASES = "/api/v1/repair-cases"


@pytest.fixture
def session(station: ChargingStation, add_session: AddSession) -> Transaction:
    """A session whose end nobody told."""
    return add_session(
        station, state="open", ended_at=None, ended_received_at=None, meter_stop_wh=None, energy_wh=None
    )


def _open_case(session: Transaction, kind: str, **more: Any) -> str:
    row = RepairCase.objects.create(
        operator_id=session.operator_id,
        station_id=session.station_id,
        kind=kind,
        key=kind,
        sentence="Something is odd.",
        opened_at=clock.now(),
        **more,
    )
    return f"{CASES}/{row.pk}"


def _resolve(client: Client, case: str, body: dict[str, Any]) -> Any:
    return client.post(f"{case}/resolve", body, content_type="application/json")


def test_a_stop_of_nobody_is_attached_to_a_session(api: Client, session: Transaction) -> None:
    case = _open_case(session, "orphan-stop", evidence={"meter_stop_wh": "13345", "reason": "Local"})
    answer = _resolve(api, case, {"action": "attach", "session_id": session.pk})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["resolution"]) == ("resolved", "attach")
    told = api.get(f"/api/v1/sessions/{session.pk}").json()
    assert (told["state"], told["energy_kwh"]) == ("ended", "12.345")
    again = _resolve(api, case, {"action": "dismiss"})
    assert (again.status_code, again.json()["code"]) == (409, "case-resolved")


def test_energy_entered_by_hand_is_exact_and_needs_a_reason(api: Client, session: Transaction) -> None:
    Transaction.objects.filter(pk=session.pk).update(state="ended", ended_at=clock.now())
    case = _open_case(session, "energy-impossible", transaction_id=session.pk)
    refused = _resolve(api, case, {"action": "set-energy", "energy_kwh": "7.0015", "note": " "})
    assert (refused.status_code, refused.json()["code"]) == (422, "no-reason")
    assert _resolve(api, case, {"action": "set-energy", "energy_kwh": "7,5", "note": "x"}).status_code == 422
    answer = _resolve(api, case, {"action": "set-energy", "energy_kwh": "7.0015", "note": "Read on site"})
    assert answer.status_code == 200, answer.content
    session.refresh_from_db()
    assert session.energy_wh == Decimal("7001.5")
    assert AuditEntry.objects.get(action="repair.set_energy").actor_name == "Back office"


def test_an_open_session_is_closed_at_a_time(api: Client, session: Transaction) -> None:
    case = _open_case(session, "offline-open", transaction_id=session.pk)
    answer = _resolve(api, case, {"action": "close", "ended_at": clock.now().isoformat()})
    assert answer.status_code == 200, answer.content
    assert api.get(f"/api/v1/sessions/{session.pk}").json()["state"] == "system-closed"


def test_samples_that_are_not_there_cannot_be_used(api: Client, session: Transaction) -> None:
    Transaction.objects.filter(pk=session.pk).update(state="ended", ended_at=clock.now())
    case = _open_case(session, "meter-backwards", transaction_id=session.pk)
    answer = _resolve(api, case, {"action": "use-samples"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no-samples")


def test_cases_are_listed_by_state_and_kind(api: Client, session: Transaction) -> None:
    first = _open_case(session, "offline-open", transaction_id=session.pk)
    _open_case(session, "events-missing")
    assert _resolve(api, first, {"action": "dismiss", "note": "fine"}).json()["note"] == "fine"

    def kinds(**asked: str | int) -> list[str]:
        return [each["kind"] for each in api.get(CASES, asked).json()["items"]]

    assert kinds() == ["events-missing"]
    assert kinds(state="all") == ["events-missing", "offline-open"]
    assert kinds(state="all", session_id=session.pk) == ["offline-open"]
    assert kinds(kind="none") == []
