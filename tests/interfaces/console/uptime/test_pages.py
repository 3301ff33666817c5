"""The pages of uptime: figures with their intervals, exclusions, hours, files, and who may see and do what."""

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from django.test import Client
from tests.interfaces.console.conftest import SignIn

from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.health import exclusions
from chargehand.domain.health.models import OutageExclusion, SiteHours
from chargehand.domain.notices.models import MaintenanceWindow
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

SCHEMES = ("nevi", "united-kingdom", "california")


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode())


def rows_of(client: Client, name: str, scheme: str = "nevi") -> list[dict[str, str]]:
    answer = client.get(f"/console/uptime/files/{name}/?scheme={scheme}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    return list(csv.DictReader(StringIO(answer.content.decode())))


def said(**more: Any) -> dict[str, Any]:
    now = clock.now()
    usual = {
        "since": f"{now - timedelta(days=10):%Y-%m-%dT%H:%M:%S}",
        "until": f"{now:%Y-%m-%dT%H:%M:%S}",
        "place": "plug",
        "reason": "vandalism",
        "note": "Police report 17/25",
        "incident": "",
        "once": str(uuid4()),
    }
    return usual | more


@pytest.mark.parametrize("role", list(Role))
def test_the_report_opens_for_whom_the_table_names(sign_in: SignIn, site: Location, role: Role) -> None:
    client = sign_in(role, location_ids=[site.pk])
    expected = 200 if may(role, Permission.REPORTS_VIEW) else 403
    assert client.get("/console/uptime/").status_code == expected
    hours = client.get(f"/console/uptime/hours/{site.pk}/")
    assert hours.status_code == (200 if may(role, Permission.WORK_PLAN) else 403)


def test_an_empty_network_has_no_figures(sign_in: SignIn) -> None:
    for scheme in SCHEMES:
        page = text_of(sign_in(), f"/console/uptime/?scheme={scheme}")
        assert "No port to report on" in page
        assert "Nobody tried to charge" in page


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_shows_each_port_and_leads_with_first_tries(
    sign_in: SignIn, seasoned: ChargingStation, scheme: str
) -> None:
    page = text_of(sign_in(), f"/console/uptime/?scheme={scheme}")
    assert "First-try success" in page
    assert "91.7" in page
    assert "22 of 24" in page
    assert "charger Tor 3, plug A" in page
    assert "charger Tor 3, plug B" in page


def test_a_figure_leads_to_its_intervals(sign_in: SignIn, seasoned: ChargingStation) -> None:
    client = sign_in()
    address = f"/console/uptime/ports/{seasoned.pk}/1/?scheme=nevi"
    page = text_of(client, address)
    assert "Reports a fault" in page
    assert "Not connected" in page
    [line] = [row for row in rows_of(client, "ports-csv") if row["port"] == "1"]
    assert (line["outage_minutes"], line["excluded_minutes"], line["outages"]) == ("420", "0", "2")
    assert line["percent"] == "99.920091"  # 1 - 420 / 525,600
    assert line["met"] == "true"
    [british] = [row for row in rows_of(client, "ports-csv", "united-kingdom") if row["port"] == "1"]
    assert (british["outage_minutes"], british["unknown_minutes"]) == ("300", "120")


def test_an_exclusion_with_evidence_changes_the_figure_and_can_be_withdrawn(
    sign_in: SignIn, seasoned: ChargingStation
) -> None:
    client = sign_in()
    address = f"/console/uptime/ports/{seasoned.pk}/1/?scheme=nevi"
    assert "No evidence" not in text_of(client, address)
    answer = client.post(address, said(note=" "))
    assert OutageExclusion.objects.count() == 0
    assert answer.status_code == 200
    form = said()
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302
    row = OutageExclusion.objects.get()
    assert (row.station_id, row.evse, row.reason) == (seasoned.pk, 1, "vandalism")
    assert "Vandalism: Police report 17/25" in text_of(client, address)
    [line] = [each for each in rows_of(client, "ports-csv") if each["port"] == "1"]
    assert (line["outage_minutes"], line["excluded_minutes"]) == ("420", "420")
    assert float(line["percent"]) == 100
    lost = [each for each in rows_of(client, "outages-csv") if each["port"] == "1"]
    assert {each["excluded"] for each in lost} == {"vandalism"}
    client.post(f"/console/uptime/ports/{seasoned.pk}/1/exclusions/{row.pk}/withdraw/")
    [line] = [each for each in rows_of(client, "ports-csv") if each["port"] == "1"]
    assert line["excluded_minutes"] == "0"
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "outage.excluded",
        "outage.counted_again",
    }


def test_a_maintenance_window_is_offered_as_an_exclusion_by_one_click(
    sign_in: SignIn, seasoned: ChargingStation
) -> None:
    client = sign_in()
    now = clock.now()
    address = f"/console/uptime/ports/{seasoned.pk}/1/?scheme=nevi"
    assert "Maintenance window by" not in text_of(client, address)
    window = {"starts_at": now - timedelta(days=30), "ends_at": now, "created_at": now}
    MaintenanceWindow.objects.create(
        operator_id=seasoned.operator_id, station=seasoned, reason="New cables", made_by="Ada", **window
    )
    page = text_of(client, address)
    form = re.search(r"<form[^>]*>(?:(?!</form>).)*Maintenance window by Ada(?:(?!</form>).)*</form>", page)
    assert form is not None
    fields = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form[0]))
    assert client.post(address, fields | {"once": str(uuid4())}).status_code == 302
    row = OutageExclusion.objects.get()
    assert (row.reason, row.note) == ("scheduled-maintenance", "Maintenance window by Ada: New cables")


def test_a_technician_sees_no_report_and_a_reader_may_not_exclude(
    sign_in: SignIn, seasoned: ChargingStation
) -> None:
    address = f"/console/uptime/ports/{seasoned.pk}/1/"
    reader = sign_in(Role.READ_ONLY)
    assert "Exclude an outage" not in text_of(reader, address)
    assert reader.post(address, said()).status_code == 403
    assert sign_in(Role.TECHNICIAN).get(address).status_code == 403


def test_a_host_sees_only_ports_of_their_sites(
    sign_in: SignIn, seasoned: ChargingStation, site: Location, other_operator: Operator
) -> None:
    mine = sign_in(Role.SITE_HOST, location_ids=[site.pk])
    other = sign_in(Role.SITE_HOST, location_ids=[site.pk + 1])
    stranger = sign_in(Role.ADMIN, home=other_operator)
    address = f"/console/uptime/ports/{seasoned.pk}/1/"
    assert [client.get(address).status_code for client in (mine, other, stranger)] == [200, 404, 404]
    for client in (other, stranger):
        assert rows_of(client, "ports-csv") == []
        assert rows_of(client, "quarter-sessions-csv") == []
        assert "Tor 3" not in text_of(client, "/console/uptime/")
    assert len(rows_of(mine, "quarter-sessions-csv")) >= 1


def test_closed_hours_are_excluded_by_nevi_and_no_part_of_other_schemes(
    sign_in: SignIn, seasoned: ChargingStation, site: Location
) -> None:
    client = sign_in()
    hours = {f"opens_{day}": "00:00" for day in range(7)} | {f"closes_{day}": "12:00" for day in range(7)}
    assert client.post(f"/console/uptime/hours/{site.pk}/", hours).status_code == 302
    assert len(SiteHours.objects.get().week) == 7
    [american] = [row for row in rows_of(client, "ports-csv") if row["port"] == "2"]
    [british] = [row for row in rows_of(client, "ports-csv", "united-kingdom") if row["port"] == "2"]
    assert int(american["minutes"]) == pytest.approx(480 * 60, abs=2)
    assert int(british["minutes"]) == pytest.approx(240 * 60, abs=62)
    bad = client.post(f"/console/uptime/hours/{site.pk}/", {"opens_0": "08:00"})
    assert "Give both times" in bad.content.decode()
    assert client.post(f"/console/uptime/hours/{site.pk}/", {"is_always": "on"}).status_code == 302
    assert SiteHours.objects.count() == 0


def test_the_quarter_names_errors_energy_and_payment(sign_in: SignIn, seasoned: ChargingStation) -> None:
    client = sign_in()
    sessions = rows_of(client, "quarter-sessions-csv")
    assert len(sessions) == 25
    failed = [row for row in sessions if row["successful"] == "false"]
    assert [row["error_codes"] for row in failed] == ["EVDisconnected"] * 2
    assert (sessions[0]["station_id"], sessions[0]["port_id"]) == ("4107", "2")
    assert {row["payment_method"] for row in sessions} == {"rfid"}
    ports = [row for row in rows_of(client, "quarter-ports-csv") if row["port_id"] == "1"]
    assert sum(int(row["t_outage_minutes"]) for row in ports) == 420
    assert len(ports) == 3


def test_the_report_is_a_pdf_with_its_figures(sign_in: SignIn, seasoned: ChargingStation) -> None:
    answer = sign_in().get("/console/uptime/files/report-pdf/?scheme=nevi")
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = pypdf.PdfReader(BytesIO(answer.content)).pages
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
    assert "Uptime by NEVI (23 CFR 680.116)" in text
    assert "charger Tor 3, plug A" in text
    assert "Reports a fault" in text
    assert sign_in().get("/console/uptime/files/secrets-txt/").status_code == 404


def test_overview_and_station_lead_with_first_tries(sign_in: SignIn, seasoned: ChargingStation) -> None:
    client = sign_in()
    overview = text_of(client, "/console/")
    assert "First-try starts" in overview
    assert "22 of 24 in 7 days" in overview
    station = text_of(client, f"/console/stations/{seasoned.pk}/")
    assert "Able to charge, 21 days" in station
    assert "91.7 % (22 of 24)" in station


def test_an_exclusion_at_another_place_excuses_nothing_here(
    operator: Operator, sign_in: SignIn, seasoned: ChargingStation, site: Location
) -> None:
    client, now = sign_in(), clock.now()
    client.post(f"/console/uptime/ports/{seasoned.pk}/2/", said(reason="utility-outage"))
    [row] = exclusions.exclusions(operator.pk, since=now - timedelta(days=30), until=now)
    assert (row.station_id, row.evse) == (seasoned.pk, 2)
    [first] = [each for each in rows_of(client, "ports-csv") if each["port"] == "1"]
    assert first["excluded_minutes"] == "0"
    client.post(f"/console/uptime/ports/{seasoned.pk}/2/", said(place="site", reason="utility-outage"))
    [first] = [each for each in rows_of(client, "ports-csv") if each["port"] == "1"]
    assert first["excluded_minutes"] == "420"
    assert OutageExclusion.objects.filter(location=site, station=None).count() == 1
