"""Commands as calls of a version, and what answers mean."""

import msgspec
import pytest

from chargehand.domain.stations.commands import Monitor, SetMonitors
from chargehand.interfaces.gateway import orders
from chargehand.protocols.ocpp.versions import Version

MONITORS = SetMonitors(monitors=[Monitor(component="RCD", name="Tripped", type="Delta", value=1, severity=2)])


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_monitors_are_one_checked_call(version: Version) -> None:
    [(action, request)] = orders.plan(version, MONITORS).calls

    assert action == "SetVariableMonitoring"
    assert msgspec.json.decode(msgspec.json.encode(request))["setMonitoringData"] == [
        {
            "value": 1.0,
            "type": "Delta",
            "severity": 2,
            "component": {"name": "RCD"},
            "variable": {"name": "Tripped"},
        }
    ]


def test_a_station_of_1_6_has_no_monitors() -> None:
    with pytest.raises(orders.Unsupported):
        orders.plan("ocpp1.6", MONITORS)


def test_one_refused_monitor_is_no_yes() -> None:
    result = {"component": {"name": "RCD"}, "variable": {"name": "Tripped"}, "type": "Delta", "severity": 2}
    body = {"setMonitoringResult": [result | {"status": "Accepted"}, result | {"status": "UnknownVariable"}]}

    answer = orders.read_answer("ocpp2.0.1", "SetVariableMonitoring", msgspec.json.encode(body))

    assert (answer.is_accepted, answer.word) == (False, "UnknownVariable")
    assert answer.detail == body
