"""The keys of a station's meters are entered and retired on its page."""

import pytest
from django.test import Client
from tests.domain.charging.signed.signing import SoftMeter
from tests.interfaces.console.conftest import SignIn

from chargehand.domain.accounts.permissions import Role
from chargehand.domain.charging import meter_keys
from chargehand.domain.stations.models import ChargingStation

pytestmark = pytest.mark.django_db


def _tab(client: Client, station: ChargingStation) -> str:
    return client.get(f"/console/stations/{station.pk}/connection/").content.decode()


def _enter(client: Client, station: ChargingStation, key: str) -> str:
    answer = client.post(
        f"/console/stations/{station.pk}/meter-keys/",
        {"evse": "1", "public_key": key, "meter_serial": "M-77"},
        follow=True,
    )
    return answer.content.decode()


def test_a_key_is_entered_shown_and_retired(sign_in: SignIn, station: ChargingStation) -> None:
    client, key = sign_in(), SoftMeter().spki.hex()

    assert "M-77" in _enter(client, station, key)
    [made] = meter_keys.meter_keys(station.operator_id, station.pk)
    assert (made.public_key, made.valid_until) == (key, None)
    client.post(f"/console/stations/{station.pk}/meter-keys/{made.id}/retire/")
    [made] = meter_keys.meter_keys(station.operator_id, station.pk)
    assert made.valid_until is not None


def test_what_is_no_key_is_refused_with_a_sentence(sign_in: SignIn, station: ChargingStation) -> None:
    assert "hexadecimal or base64" in _enter(sign_in(), station, "日本")
    assert meter_keys.meter_keys(station.operator_id, station.pk) == []


def test_who_may_only_look_sees_the_keys_and_no_form(sign_in: SignIn, station: ChargingStation) -> None:
    _enter(sign_in(), station, SoftMeter().spki.hex())
    text = _tab(sign_in(Role.READ_ONLY), station)

    assert "M-77" in text
    assert "meter-keys/" not in text
    answer = sign_in(Role.READ_ONLY).post(f"/console/stations/{station.pk}/meter-keys/", {"evse": "1"})
    assert answer.status_code == 403
