"""Logs and photos are given to whoever may have them, and never run."""

from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from tests.domain.maintenance.test_pictures import SCAN, TABLES, _jpeg
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.maintenance import log_files, order_files, work
from chargehand.domain.maintenance.work import NewOrder
from chargehand.domain.stations.commands import GetLog
from chargehand.kernel.ids import new_id

pytestmark = pytest.mark.django_db

EVIL = b"<script>alert(1)</script>"


@pytest.fixture
def talk(operator: Operator, settings: Any, tmp_path: Path) -> Talk:
    settings.STORAGE_DIR = tmp_path / "storage"
    return Talk(operator.pk)


@pytest.fixture
def log_id(talk: Talk) -> UUID:
    """A log that a station uploaded under the name of a page."""
    upload_id = log_files.ask_for_log(
        operator_id=talk.operator_id, station_id=talk.station_id, kind="diagnostics", actor=SYSTEM
    )
    command = talk.obey()
    assert isinstance(command, GetLog)
    receiving = log_files.begin_upload(command.location.rstrip("/").rpartition("/")[2], 'x".html')
    receiving.write(EVIL)
    receiving.finish()
    return upload_id


def _get(home: Operator, role: Role, path: str, location_ids: tuple[int, ...] = ()) -> tuple[Any, bytes]:
    """Ask for a path as somebody of a role; return the answer and its body."""
    person = User.objects.create_user(f"{role}@example.org", "correct horse battery", name="Mia")
    Membership.objects.create(user=person, operator=home, role=role, location_ids=list(location_ids))
    client = AsyncClient()
    client.force_login(person)

    async def ask() -> tuple[Any, bytes]:
        response = await client.get(path)
        if not response.streaming:
            return response, response.content
        return response, b"".join([piece async for piece in cast("Any", response)])

    return async_to_sync(ask)()


def test_a_log_is_an_attachment_that_no_browser_runs(operator: Operator, log_id: UUID) -> None:
    response, body = _get(operator, Role.TECHNICIAN, f"/console/files/logs/{log_id}/")
    assert body == EVIL
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="x_.html"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.FINANCE, Role.SITE_HOST, Role.SUPPORT_AGENT])
def test_a_log_is_not_for_those_who_do_no_work(operator: Operator, log_id: UUID, role: Role) -> None:
    response, body = _get(operator, role, f"/console/files/logs/{log_id}/")
    assert response.status_code == 403
    assert EVIL not in body


def test_a_log_of_another_operator_or_place_is_not_there(
    operator: Operator, other_operator: Operator, log_id: UUID
) -> None:
    path = f"/console/files/logs/{log_id}/"
    assert _get(other_operator, Role.ADMIN, path)[0].status_code == 404
    assert _get(operator, Role.TECHNICIAN, path, location_ids=(10**9,))[0].status_code == 404


def test_a_photo_is_shown_as_what_it_is(operator: Operator, other_operator: Operator, talk: Talk) -> None:
    order = NewOrder(station_id=talk.station_id, title="Look")
    order_id = work.raise_order(operator_id=operator.pk, order=order, actor=SYSTEM)
    file_id = order_files.attach_file(
        operator_id=operator.pk,
        order_id=order_id,
        file_id=new_id(),
        content=_jpeg(TABLES, SCAN),
        actor=SYSTEM,
    )
    path = f"/console/files/jobs/{order_id}/{file_id}/"
    response, body = _get(operator, Role.READ_ONLY, path)
    assert (response["Content-Type"], body) == ("image/jpeg", _jpeg(TABLES, SCAN))
    assert _get(other_operator, Role.ADMIN, path)[0].status_code == 404
    assert _get(operator, Role.FINANCE, path)[0].status_code == 403
    assert (
        _get(operator, Role.TECHNICIAN, f"/console/files/jobs/{order_id}/{new_id()}/")[0].status_code == 404
    )
