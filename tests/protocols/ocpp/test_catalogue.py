"""The catalogue knows every action of every version and who may call it."""

import pytest

from chargehand.protocols.ocpp.catalogue import CATALOGUE, judge_action
from chargehand.protocols.ocpp.versions import VERSIONS, Version


@pytest.mark.parametrize(
    ("version", "stations", "ours"), [("ocpp1.6", 14, 26), ("ocpp2.0.1", 25, 40), ("ocpp2.1", 37, 55)]
)
def test_each_version_has_its_number_of_messages_each_way(version: Version, stations: int, ours: int) -> None:
    messages = CATALOGUE[version].values()
    assert sum(message.is_from_station for message in messages) == stations
    assert sum(message.is_from_csms for message in messages) == ours
    assert [message.action for message in messages if message.direction == "both"] == ["DataTransfer"]


@pytest.mark.parametrize("version", VERSIONS)
def test_types_and_blocks_are_named_for_their_messages(version: Version) -> None:
    for action, message in CATALOGUE[version].items():
        assert message.version == version
        assert message.request.__name__ == f"{action}Request"
        assert message.request.__module__.endswith(f".{message.block}")
        assert message.response is None or message.response.__name__ == f"{action}Response"


def test_the_only_send_is_the_event_stream_of_21() -> None:
    sends = [message for messages in CATALOGUE.values() for message in messages.values() if message.is_send]
    assert [(message.version, message.action) for message in sends] == [
        ("ocpp2.1", "NotifyPeriodicEventStream")
    ]
    assert sends[0].response_decoder is None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("action", ["CustomOperation", "heartbeat", "Heartbeat-Signed", "", "Nótify"])
def test_an_action_that_no_text_knows_is_not_implemented(action: str, version: Version) -> None:
    assert judge_action(version, action) == "NotImplemented"


def test_an_action_of_another_version_is_not_implemented() -> None:
    assert judge_action("ocpp1.6", "TransactionEvent") == "NotImplemented"
    assert judge_action("ocpp2.0.1", "StartTransaction") == "NotImplemented"
    assert judge_action("ocpp2.0.1", "BatterySwap") == "NotImplemented"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_action_that_only_we_may_call_is_not_supported(version: Version) -> None:
    assert judge_action(version, "Reset") == "NotSupported"


def test_a_send_may_not_be_called() -> None:
    assert judge_action("ocpp2.1", "NotifyPeriodicEventStream") == "NotSupported"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("action", ["BootNotification", "Heartbeat", "DataTransfer", "StatusNotification"])
def test_what_stations_say_they_may_say(action: str, version: Version) -> None:
    assert judge_action(version, action) is None
