"""Every kind of fault changes what a live station says to its CSMS, in 1.6 and 2.0.1, as the catalogue tells."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import pytest
from tests.simulator.csms import Csms

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.catalogue.kinds import KINDS
from chargehand.simulator.control import Control, Order, check_order
from chargehand.simulator.driver import Drivers
from chargehand.simulator.endpoint import Sent
from chargehand.simulator.fleet import describe
from chargehand.simulator.outlet import AC_22, DC_150
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]
TOKEN, BANK_CARD = "04AABBCCDDEEFF", "04AABBCCDDEE01"
_EVENTS = {
    ("Connector", "Temperature"): ("Temperature", None, None),
    ("ChargingStation", "Temperature"): ("Temperature", None, "Body"),
    ("AirCoolingSystem", "FanSpeed"): ("RPM", None, "Body"),
}


class Said:
    """What a station said in a stretch of time, read as one, whatever the version."""

    def __init__(self, messages: list[Sent]) -> None:
        self.messages = messages

    def of(self, *actions: str) -> list[dict[str, Any]]:
        return [each.payload for each in self.messages if each.action in actions]

    def values(self, measurand: str, phase: str | None = None, location: str | None = None) -> list[float]:
        wanted = (measurand, phase, location)
        found = [
            float(sample["value"])
            for payload in self.of("MeterValues", "TransactionEvent")
            for value in payload.get("meterValue", ())
            for sample in value["sampledValue"]
            if (sample["measurand"], sample.get("phase"), sample.get("location")) == wanted
        ]
        events = [event for payload in self.of("NotifyEvent") for event in payload["eventData"]]
        names = [(each["component"]["name"], each["variable"]["name"]) for each in events]
        return found + [
            float(each["actualValue"])
            for each, name in zip(events, names, strict=True)
            if _EVENTS.get(name) == wanted
        ]

    def text(self) -> str:
        return msgspec.json.encode([each.payload for each in self.messages]).decode()

    def registers(self) -> list[float]:
        """Return the registers of begin and end."""
        for payload in self.of("StopTransaction"):
            return [float(each["sampledValue"][0]["value"]) for each in payload["transactionData"]]
        ended = [each for each in self.of("TransactionEvent") if each["eventType"] == "Ended"]
        return [float(each["sampledValue"][0]["value"]) for each in ended[0]["meterValue"]]

    def energy(self) -> float:
        begin, end = self.registers()
        return end - begin

    def lag(self) -> float:
        """Return how long after the start the car charges (s)."""
        begin = end = 0.0
        for each in self.messages:
            payload = each.payload
            begins = each.action == "StartTransaction" or payload.get("eventType") == "Started"
            state = payload.get("transactionInfo", {}).get("chargingState") or payload.get("status")
            begin = each.at if begins and not begin else begin
            end = each.at if state == "Charging" and begin and not end else end
        return end - begin


async def charge(station: SimulatedStation, *, token: str = TOKEN, minutes: int = 40) -> Said:
    """Charge at plug A; return what was said from the plug's coming to an hour after its going."""
    first = len(station.sent)
    if station.connector(1).car is None:
        await station.plug_in(1, Car(CAR_MODELS[2], 0.1))
    await station.present_token(1, token)
    await station.advance(minutes * 60)
    if station.connector(1).transaction is not None:
        await station.present_token(1, token)
    await station.advance(120)
    if station.connector(1).car is not None:
        await station.unplug(1)
    await station.advance(600)
    return Said(station.sent[first:])


class Rehearsal:
    """A station of a version, a sound charge, and then a fault."""

    def __init__(self, csms: Csms, version: str, *, dc: bool = False) -> None:
        self.station = SimulatedStation("4107", csms.url, version, rating=DC_150 if dc else AC_22)
        self.control = Control(None, [self.station.station], self.station.timeline, Random(1))

    async def begin(self) -> None:
        await self.station.connect()
        await self.station.boot()

    async def ask(self, fault: str, **parameters: str) -> Said:
        """Ask for a fault; return what was said in the minutes after."""
        first = len(self.station.sent)
        order = Order(station="4107", fault=fault, parameters=parameters)
        check_order(order)
        self.control.take(order)
        await self.station.settle()
        await self.station.advance(180)
        return Said(self.station.sent[first:])

    async def mend(self) -> Said:
        return await self.ask("mend")


Figure = Callable[[Said], float]


def highest(measurand: str, phase: str | None = None, location: str | None = None) -> Figure:
    return lambda said: max(said.values(measurand, phase, location))


def lowest(measurand: str, phase: str | None = None, location: str | None = None) -> Figure:
    return lambda said: min(said.values(measurand, phase, location))


#: kind, parameters, DC, figure, by how much it changes at least and at most
CHANGES: list[tuple[str, dict[str, str], bool, Figure, float, float]] = [
    ("contact-resistance-rise", {}, False, highest("Temperature"), 5, 60),
    ("fan-failure", {}, True, highest("RPM", None, "Body"), -3_000, -100),
    ("filter-clogging", {}, True, highest("Temperature", None, "Body"), 1, 40),
    ("voltage-sag", {}, False, highest("Voltage", "L1-N"), -60, -30),
    ("voltage-swell", {}, False, highest("Voltage", "L2-N"), 55, 120),
    ("phase-loss", {}, False, highest("Current.Import", "L2"), -40, -10),
    ("phase-imbalance", {"ohm": "0.2"}, False, lowest("Voltage", "L3-N"), -8, -1),
    ("meter-drift", {"per_week": "0.1"}, False, Said.energy, 200, 4_000),
    ("meter-frozen", {}, False, Said.energy, -40_000, -5_000),
    ("meter-rollback", {"share": "0.5"}, False, lambda said: said.registers()[0], -9e6, -10_000),
    ("ct-reversed", {}, False, lowest("Current.Import", "L1"), -40, -10),
    ("wrong-unit", {}, False, highest("Power.Active.Import"), -20_000, -5_000),
    ("missing-measurand", {}, False, lambda said: len(said.values("Current.Import", "L1")), -60, -20),
    ("contactor-wear", {"share": "3"}, False, Said.lag, 11, 13),
    ("power-derating", {"share": "0.3"}, True, highest("Power.Active.Import"), -1.4e5, -2e4),
    ("failed-starts", {"chance": "1"}, False, Said.energy, -40_000, -5_000),
    ("starts-fail", {}, False, Said.energy, -40_000, -5_000),
    ("hot-day", {}, False, highest("Temperature"), 8, 18),
    ("slow-car", {}, False, highest("Power.Active.Import"), -12_000, -5_000),
    ("smart-limit", {}, True, highest("Current.Offered"), -400, -300),
]  # fmt: skip


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
def test_a_fault_changes_its_own_figure(
    tell: Tell, version: str, change: tuple[str, dict[str, str], bool, Figure, float, float]
) -> None:
    kind, parameters, dc, figure, least, most = change

    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version, dc=dc)
        await rehearsal.begin()
        sound = figure(await charge(rehearsal.station))
        await rehearsal.ask(kind, **parameters)
        ill = figure(await charge(rehearsal.station))
        assert least < ill - sound < most
        await rehearsal.station.close()

    tell(story)


#: kind, parameters, what is found in the messages after it was asked for and after a charge, by version
WORDS: list[tuple[str, dict[str, str], str, str]] = [
    ("connector-lock-failure", {"chance": "1"}, "ConnectorLockFailure", "CX001"),
    ("rcd-trips", {"chance": "1"}, "GroundFailure", "GroundFailure"),
    ("isolation-decline", {"chance": "1"}, "CX011", "CX011"),
    ("cable-cut", {}, "CX026", "CX026"),
    ("lock", {}, "ConnectorLockFailure", "E-117"),
    ("ground-fault", {}, "GroundFailure", "E-204"),
    ("overheated", {}, "HighTemperature", "E-311"),
    ("overcurrent", {}, "OverCurrentFailure", "E-122"),
    ("internal", {}, "InternalError", "E-900"),
    ("weak-signal", {}, "WeakSignal", "SignalStrength"),
    ("firmware-regression", {"version": "6.6.6", "chance": "1"}, '"firmwareVersion":"6.6.6"', "E-901"),
    ("reboot-loop", {}, "chargePointModel", "Watchdog"),
    ("restart", {}, "chargePointModel", "Watchdog"),
    ("stuck-state", {}, '"status":"Preparing"', '"connectorStatus":"Occupied"'),
    ("planned-maintenance", {}, '"status":"Unavailable"', '"connectorStatus":"Unavailable"'),
]


@pytest.mark.parametrize(("version", "column"), [("1.6", 2), ("2.0.1", 3)])
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_a_fault_says_its_own_words(
    tell: Tell, version: str, column: int, words: tuple[str, dict[str, str], str, str]
) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        first = len(rehearsal.station.sent)
        await rehearsal.ask(words[0], **words[1])
        if words[0] != "stuck-state":
            await charge(rehearsal.station)
        assert str(words[column]) in Said(rehearsal.station.sent[first:]).text()
        await rehearsal.mend()
        await rehearsal.station.advance(300)
        assert rehearsal.station.connector(1).is_in_order
        await rehearsal.station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_welded_contactor_charges_after_the_stop(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        await rehearsal.ask("contactor-welded")
        station = rehearsal.station
        await station.plug_in(1, Car(CAR_MODELS[2], 0.1))
        await station.present_token(1, TOKEN)
        await station.advance(600)
        await station.present_token(1, TOKEN)
        first = len(station.sent)
        await station.advance(600)
        assert max(Said(station.sent[first:]).values("Current.Import", "L1")) > 10
        await station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_dead_terminal_lets_only_cards_charge(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        await rehearsal.ask("payment-terminal-fault")
        bank = await charge(rehearsal.station, token=BANK_CARD, minutes=10)
        card = await charge(rehearsal.station, minutes=10)
        assert [each.of("Authorize") == [] for each in (bank, card)] == [True, False]
        await rehearsal.mend()
        assert (await charge(rehearsal.station, token=BANK_CARD, minutes=10)).energy() > 500
        await rehearsal.station.close()

    tell(story)


@pytest.mark.parametrize(("kind", "seconds"), [("clock-drift", 100.0), ("clock-change", 3_600.0)])
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_wrong_clock_shows_in_the_stamps(tell: Tell, version: str, kind: str, seconds: float) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        await rehearsal.ask(kind)
        await charge(rehearsal.station, minutes=10)
        last = next(each for each in reversed(rehearsal.station.sent) if "timestamp" in each.payload)
        stamp = datetime.fromisoformat(last.payload["timestamp"]).timestamp()
        assert abs(stamp - last.at - seconds) < 2
        await rehearsal.station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("kind", ["silent-station", "silent", "site-outage"])
def test_a_station_without_a_voice_is_not_heard_until_it_is_mended(
    tell: Tell, version: str, kind: str
) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        before = len(csms.calls)
        await rehearsal.ask(kind)
        await rehearsal.station.advance(3_600)
        assert len(csms.calls) == before
        await rehearsal.mend()
        await rehearsal.station.advance(300)
        await charge(rehearsal.station, minutes=10)
        assert len(csms.calls) > before
        await rehearsal.station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_flapping_connection_is_made_again_and_again(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        before = csms.connections
        await rehearsal.ask("flapping-connectivity", mean_up_s="60")
        await rehearsal.station.advance(3_600)
        assert csms.connections - before > 10
        await rehearsal.station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_messages_that_come_twice_are_said_twice(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        await rehearsal.ask("repeated-messages")
        before, first = len(csms.calls), len(rehearsal.station.sent)
        await charge(rehearsal.station, minutes=10)
        await csms.ask("4107", "ClearCache", {})
        assert len(csms.calls) - before == 2 * (len(rehearsal.station.sent) - first)
        await rehearsal.station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_commands_stay_unanswered(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, version)
        await rehearsal.begin()
        await rehearsal.ask("unanswered-commands")
        with pytest.raises(TimeoutError):
            await csms.ask("4107", "ClearCache", {}, patience_s=0.2)
        await rehearsal.station.close()

    tell(story)


def test_nobody_comes_on_a_holiday(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        rehearsal = Rehearsal(csms, "1.6")
        await rehearsal.begin()
        fleet = describe(7, 4)
        site = msgspec.structs.replace(fleet.sites[0], visits_per_connector_day=20.0)
        drivers = Drivers(rehearsal.station.station, site, fleet.drivers, Random(1))
        await rehearsal.ask("holiday")
        drivers.start()
        await rehearsal.station.advance(86_400)
        assert drivers.visits == 0
        await rehearsal.mend()
        await rehearsal.station.advance(86_400)
        assert drivers.visits > 2
        await rehearsal.station.close()

    tell(story)


def test_every_kind_is_rehearsed_here() -> None:
    apart = {
        *("contactor-welded", "payment-terminal-fault", "clock-drift", "clock-change", "silent-station"),
        *("silent", "site-outage", "flapping-connectivity", "repeated-messages", "unanswered-commands"),
        "holiday",
    }
    assert {change[0] for change in CHANGES} | {words[0] for words in WORDS} | apart == set(KINDS)
