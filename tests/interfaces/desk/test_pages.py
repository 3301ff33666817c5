"""Who comes in at the technicians' door, what they see, and what phones send."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.domain.maintenance.yard import Yard
from tests.interfaces.desk.conftest import Enter

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.charging.models import Transaction
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.models import OrderEdit
from chargehand.domain.stations.models import Location, StationRequest
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id

pytestmark = pytest.mark.django_db

SCRIPT = {"X-Requested-With": "desk"}


def _send(client: Client, job: int, *edits: dict[str, Any]) -> Any:
    body = json.dumps({"job": job, "edits": list(edits)})
    return client.post("/desk/sync", body, content_type="application/json", headers=SCRIPT)


def _edit(field: str, value: Any, **more: Any) -> dict[str, Any]:
    at = (clock.now() - timedelta(hours=1)).isoformat()
    return {"id": str(new_id()), "field": field, "value": value, "made_at": at, **more}


def test_a_person_is_sent_to_sign_in_and_a_script_is_told(client: Client, db: None) -> None:
    page = client.get("/desk/")
    assert (page.status_code, page.headers["Location"]) == (302, "/accounts/login/?next=/desk/")
    assert client.get("/desk/session.json", headers=SCRIPT).status_code == 401


@pytest.mark.parametrize("role", ["finance", "site_host"])
def test_who_does_no_work_is_told_why(yard: Yard, enter: Enter, role: str) -> None:
    page = enter(yard.person("x@example.org", role)).get("/desk/")
    assert page.status_code == 403
    assert "Technician" in page.content.decode()


def test_a_reader_sees_dots_for_gate_codes_and_no_buttons(yard: Yard, enter: Enter) -> None:
    order_id = yard.order(access_notes="Key under the mat")
    client = enter(yard.person("r@example.org", "read_only"))
    text = client.get(f"/desk/jobs/{order_id}/").content.decode()
    assert "••••" in text
    for secret in ("4711#", "+49 40 123", "under the mat", "Start job"):
        assert secret not in text
    assert _send(client, order_id, _edit("note", "x")).status_code == 403


def test_jobs_of_another_operator_do_not_exist(yard: Yard, enter: Enter, other_operator: Operator) -> None:
    order_id = yard.order()
    stranger = User.objects.create_user("s@example.org", "correct horse battery", name="S")
    Membership.objects.create(user=stranger, operator=other_operator, role="technician")
    client = Client()
    client.force_login(stranger)
    assert client.get(f"/desk/jobs/{order_id}/").status_code == 404
    assert client.post(f"/desk/jobs/{order_id}/ask/unlock/", {"once": new_id()}).status_code == 404
    assert client.post(f"/desk/jobs/{order_id}/edit/", {"field": "note", "value": "x"}).status_code == 404
    [result] = _send(client, order_id, _edit("note", "x")).json()["results"]
    assert (result["outcome"], result["sentence"]) == ("refused", "There is no such work order.")
    assert not OrderEdit.objects.exists()


def test_a_technician_of_some_sites_sees_their_jobs_only(yard: Yard, enter: Enter) -> None:
    order_id = yard.order()
    elsewhere = Location.objects.create(
        operator_id=yard.operator_id, name="Elsewhere", time_zone="UTC", created_at=clock.now()
    )
    bound = yard.person("h@example.org", "technician")
    Membership.objects.filter(user_id=bound.id or 0).update(location_ids=[elsewhere.pk])
    client = enter(bound)
    assert client.get(f"/desk/jobs/{order_id}/").status_code == 404
    assert client.get("/desk/stored.json").json()["jobs"] == 0


def test_a_phone_is_told_what_to_store(yard: Yard, enter: Enter) -> None:
    mine, free = yard.order(), yard.order()
    yard.do(work.assign, mine, user_id=yard.mo.id)
    others = yard.order()
    yard.do(work.assign, others, user_id=yard.kim.id)
    told = enter(yard.mo).get("/desk/stored.json").json()
    assert told["pages"] == ["/desk/", f"/desk/jobs/{mine}/", f"/desk/jobs/{free}/"]
    assert told["jobs"] == 2


def test_what_comes_twice_is_answered_the_same(yard: Yard, enter: Enter) -> None:
    order_id, client = yard.order(), enter(yard.mo)
    edit = _edit("note", "wet gland")
    first = _send(client, order_id, edit).json()
    assert first == _send(client, order_id, edit).json()
    assert first["results"] == [{"id": edit["id"], "outcome": "applied", "sentence": "", "version": 1}]


@pytest.mark.parametrize("body", ["", "[]", '{"job": "x", "edits": []}', '{"job": 1, "edits": [{"id": 7}]}'])
def test_what_cannot_be_read_is_refused(yard: Yard, enter: Enter, body: str) -> None:
    client = enter(yard.mo)
    answer = client.post("/desk/sync", body, content_type="application/json", headers=SCRIPT)
    assert answer.status_code == 400
    assert answer.json()["sentence"]


def test_a_time_without_a_zone_is_refused(yard: Yard, enter: Enter) -> None:
    edit = _edit("note", "x") | {"made_at": "2026-11-22T10:00:00"}
    assert _send(enter(yard.mo), yard.order(), edit).status_code == 400


def test_a_command_sent_twice_is_one(yard: Yard, enter: Enter) -> None:
    order_id, client, once = yard.order(), enter(yard.mo), str(new_id())
    for _ in range(2):
        answer = client.post(f"/desk/jobs/{order_id}/ask/unlock/", {"once": once}, headers=SCRIPT)
        assert (answer.status_code, answer.json()) == (200, {"sentence": ""})
    assert StationRequest.objects.filter(command="unlock").count() == 1


def test_a_test_needs_a_started_job_and_a_card(yard: Yard, enter: Enter) -> None:
    order_id, client = yard.order(), enter(yard.mo)
    for form, said in (({}, "test card"), ({"token": "CAFE01"}, "Start the job first")):
        answer = client.post(f"/desk/jobs/{order_id}/ask/test/", {"once": new_id(), **form}, headers=SCRIPT)
        assert answer.status_code == 422
        assert said in answer.json()["sentence"]


def test_stopping_where_nothing_charges_says_so(yard: Yard, enter: Enter) -> None:
    order_id, client = yard.order(), enter(yard.mo)
    url = f"/desk/jobs/{order_id}/ask/stop/"
    assert "Nothing charges" in client.post(url, {"once": new_id()}, headers=SCRIPT).json()["sentence"]
    assert not Transaction.objects.exists()


def test_the_worker_may_answer_for_these_pages_alone(client: Client, db: None) -> None:
    worker = client.get("/desk/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/desk/"
    assert worker.headers["Content-Type"] == "text/javascript"
    assert "script-src 'self'" in worker.headers["Content-Security-Policy"]
    assert client.get("/desk/jobs.webmanifest").json()["scope"] == "/desk/"


def test_the_page_of_last_resort_names_nobody(yard: Yard, enter: Enter) -> None:
    text = enter(yard.mo).get("/desk/missing/").content.decode()
    assert "Mo" not in text.replace("Move", "")
    assert "data-user" not in text
