"""Certification sequences that only OCPP 2.1 has, where we take part: limits, resumed charges, new values."""

from typing import Any

from tests.conformance.bench import Bench, got
from tests.conformance.sequences import PLACE, TOKEN, obey, value, word

from chargehand.domain.stations.commands import RawCall

LIMIT = {"maxCost": 20, "maxEnergy": 30000, "maxTime": 7200, "maxSoC": 80}
COST: dict[str, Any] = {
    "failureToCalculate": False,
    "totalCost": {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 1.0, "inclTax": 1.19}},
    "totalUsage": {"energy": 2.5, "chargingTime": 600, "idleTime": 0},
}


def test_e_16_limits_costs_and_new_values_are_taken(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect("2.1")
    upstream = value(-20, 100, location="Upstream", measurand="Energy.Active.Import.Register")
    more: dict[str, Any] = {"evseSleep": False, "preconditioningStatus": "Ready", "meterValue": [upstream]}
    answer = station.tell("Started", "Authorized", 0, minutes=-20, evse=PLACE, idToken=TOKEN, **more)
    assert answer["idTokenInfo"]["status"] == "Accepted"

    told = [
        "LimitSet",
        "RunningCost",
        "CostLimitReached",
        "EnergyLimitReached",
        "TimeLimitReached",
        "SoCLimitReached",
    ]
    for seq, trigger in enumerate(told, 1):
        info = {"transactionLimit": LIMIT, "operationMode": "ChargingOnly"}
        state = value(seq - 15, 40 + seq, measurand="Display.PresentSOC")
        answer = station.tell(
            "Updated", trigger, seq, minutes=seq - 15, info=info, costDetails=COST, meterValue=[state]
        )
        assert answer == {}
    assert (
        station.tell("Ended", "CostLimitReached", 7, info={"stoppedReason": "ReqEnergyTransferRejected"})
        == {}
    )

    row = station.transaction
    assert got(row, "state stop_reason last_seq") == ("ended", "ReqEnergyTransferRejected", 7)
    found = {(series.location, series.measurand) for series, _ in station.samples}
    assert found == {("Upstream", "Energy.Active.Import.Register"), ("Outlet", "Display.PresentSOC")}
    assert all('"inclTax": 1.19' in kept.frame for kept in station.frames("TransactionEvent")[1:7])


def test_b_13_and_e_17_a_charge_goes_on_after_a_reset_that_resumes_it(bench: Bench) -> None:
    station = bench.connect("2.1")
    station.tell(
        "Started", "Authorized", 0, minutes=-20, evse=PLACE, idToken=TOKEN, meterValue=[value(-20, 100)]
    )
    command = RawCall(action="Reset", payload={"type": "ImmediateAndResume"})
    _, request = obey(bench, station, command, "Reset", {"status": "Accepted"})
    assert request.is_accepted
    assert (
        station.tell("Updated", "ResetCommand", 1, minutes=-9, info={"chargingState": "SuspendedEVSE"}) == {}
    )

    again = bench.connect("2.1", station.row, reason="RemoteReset")
    assert again.tell("Updated", "TxResumed", 2, minutes=-5, info={"chargingState": "Charging"}) == {}

    assert got(again.transaction, "state charging_state") == ("open", "Charging")
    assert again.tell("Ended", "EVDeparted", 3, minutes=-1, meterValue=[value(-1, 600)]) == {}
    assert got(again.transaction, "state energy_wh") == ("ended", 500)


def test_f_06_a_vendors_own_message_is_triggered(bench: Bench) -> None:
    station = bench.connect("2.1")
    payload = {"requestedMessage": "CustomTrigger", "customTrigger": "MeterSelfTest"}
    command = RawCall(action="TriggerMessage", payload=payload)

    for status in ("Accepted", "NotImplemented"):
        sent, request = obey(bench, station, command, "TriggerMessage", {"status": status})
        assert sent == payload
        assert (request.is_accepted, word(request)) == (status == "Accepted", status)
