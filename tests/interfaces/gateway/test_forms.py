"""What a form says of a frame is what the ordinary way reads in it."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.domain.stations.events import Event, MeterValuesReported, TransactionReported
from chargehand.interfaces.gateway import forms
from chargehand.interfaces.gateway.fingerprint import fingerprint_of
from chargehand.interfaces.gateway.forms import FormBook
from chargehand.interfaces.gateway.routing import ROUTES
from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.rpc import Call, decode
from chargehand.protocols.ocpp.versions import Version

ENERGY: Final = "Energy.Active.Import.Register"


def read(frame: bytes, version: Version) -> tuple[Call, Event] | None:
    """Read a frame in the ordinary way."""
    call = decode(frame, version)
    if not isinstance(call, Call):
        return None
    try:
        request = CATALOGUE[version][call.action].decode_request(call.payload)
    except Violation:
        return None
    return call, ROUTES[version][call.action].read(request)


def teach(book: FormBook, frame: bytes, version: Version) -> None:
    """Let a book meet a frame twice."""
    found = read(frame, version)
    assert found is not None
    for _ in range(2):
        book.learn(frame, *found, lambda each: read(each, version))


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> FormBook:
    """Return a book that learns without pauses."""
    monkeypatch.setattr(forms, "BETWEEN_LESSONS_S", 0.0)
    return FormBook()


def assert_same(book: FormBook, frame: bytes, version: Version) -> None:
    """A form gives what the ordinary way gives, and the same mark."""
    known, found = book.read(frame), read(frame, version)
    assert known is not None
    assert found is not None
    call, event = found
    assert known == (call.message_id, call.action, event, fingerprint_of(call.action, call.payload))


def meter_values(
    message_id: str = "1",
    connector: int = 1,
    transaction: str = "77",
    time: str = "2026-05-01T10:00:00Z",
    energy: str = "1234",
    power: str = "7000.5",
    phase: str = "L1",
) -> bytes:
    """Write MeterValues of 1.6."""
    return (
        f'[2,"{message_id}","MeterValues",{{"connectorId":{connector},"transactionId":{transaction},"meterValue":['
        f'{{"timestamp":"{time}","sampledValue":[{{"value":"{energy}"}},'
        f'{{"value":"{power}","measurand":"Power.Active.Import","unit":"kW","phase":"{phase}"}}]}}]}}]'
    ).encode()


def transaction_event(
    message_id: str = "1",
    transaction: str = "tx-1",
    time: str = "2026-05-01T10:00:00Z",
    sampled: str = "2026-05-01T10:00:00Z",
    seq: str = "17",
    energy: str = "1234",
    more: str = "",
) -> bytes:
    """Write TransactionEvent(Updated) of 2.0.1, its keys in the order of the alphabet."""
    return (
        f'[2,"{message_id}","TransactionEvent",{{"eventType":"Updated","meterValue":[{{"sampledValue":['
        f'{{"measurand":"{ENERGY}"{more},"value":{energy}}},{{"measurand":"SoC","value":50}}],"timestamp":"{sampled}"}}],'
        f'"seqNo":{seq},"timestamp":"{time}","transactionInfo":{{"transactionId":"{transaction}"}},'
        f'"triggerReason":"MeterValuePeriodic"}}] '
    ).encode()


def test_a_frame_met_twice_has_a_form(book: FormBook) -> None:
    teach(book, meter_values(), "ocpp1.6")
    other = meter_values("b7-x", 1, "98", "2026-05-02T11:30:59Z", "9876", "0123.0")
    assert_same(book, other, "ocpp1.6")


def test_a_frame_met_once_has_none(book: FormBook) -> None:
    found = read(meter_values(), "ocpp1.6")
    assert found is not None
    book.learn(meter_values(), *found, lambda each: read(each, "ocpp1.6"))
    assert book.read(meter_values()) is None


def test_digits_outside_the_holes_tell_forms_apart(book: FormBook) -> None:
    teach(book, meter_values(connector=1, phase="L1"), "ocpp1.6")
    assert book.read(meter_values(connector=2, phase="L1")) is None
    assert book.read(meter_values(connector=1, phase="L2")) is None
    teach(book, meter_values(connector=2, phase="L3"), "ocpp1.6")
    assert_same(book, meter_values(connector=2, phase="L3"), "ocpp1.6")
    assert_same(book, meter_values(connector=1, phase="L1"), "ocpp1.6")


def test_a_transaction_and_its_number_are_read_anew(book: FormBook) -> None:
    teach(book, transaction_event(), "ocpp2.0.1")
    other = transaction_event("c-2", "b0c5-77", "2026-07-01T10:00:00Z", "2026-06-01T09:00:00Z", "99", "4321")
    assert_same(book, other, "ocpp2.0.1")
    known = book.read(other)
    assert known is not None
    assert isinstance(known[2], TransactionReported)
    assert (known[2].ref, known[2].seq) == ("b0c5-77", 99)
    assert [next(iter(each.values))[1] for each in known[2].readings] == ["4321"]


@pytest.mark.parametrize(
    "frame",
    [
        transaction_event(energy="0234"),
        transaction_event(seq="07"),
        transaction_event(transaction='a\\"b'),
        transaction_event(message_id="a\\u0041"),
        transaction_event(message_id="1" * 37),
        transaction_event(message_id="ä"),
    ],
)
def test_what_digits_alone_cannot_tell_is_left_to_the_ordinary_way(book: FormBook, frame: bytes) -> None:
    teach(book, transaction_event(), "ocpp2.0.1")
    assert book.read(frame) is None


@pytest.mark.parametrize(
    "frame",
    [
        meter_values(energy="1e3"),
        meter_values(energy="n/a"),
        meter_values(time="2026-05-01T10:00:00+02:00"),
        meter_values(energy='12","value":"13'),
        b'[2,"1","Heartbeat",{}]',
    ],
)
def test_what_is_no_plain_form_is_not_learnt(book: FormBook, frame: bytes) -> None:
    teach(book, frame, "ocpp1.6")
    teach(book, frame, "ocpp1.6")
    assert book.read(frame) is None


def test_scaled_and_signed_values_are_not_learnt(book: FormBook) -> None:
    scaled = transaction_event(more=',"unitOfMeasure":{"multiplier":3,"unit":"Wh"}')
    signed = transaction_event(
        more=',"signedMeterValue":{"signedMeterData":"x","encodingMethod":"y","publicKey":"","signingMethod":""}'
    )
    for frame in (scaled, signed):
        teach(book, frame, "ocpp2.0.1")
        assert book.read(frame) is None


def test_a_time_that_is_none_stays_none(book: FormBook) -> None:
    teach(book, meter_values(), "ocpp1.6")
    frame = meter_values(time="2026-99-01T10:00:00Z")
    assert_same(book, frame, "ocpp1.6")
    known = book.read(frame)
    assert known is not None
    assert isinstance(known[2], MeterValuesReported)
    assert known[2].readings[0].time is None


def test_lessons_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "BETWEEN_LESSONS_S", 1e9)
    book = FormBook()
    teach(book, meter_values(energy="1"), "ocpp1.6")
    teach(book, meter_values(energy="11"), "ocpp1.6")
    assert book.read(meter_values(energy="2")) is not None
    assert book.read(meter_values(energy="22")) is None


@settings(max_examples=60, deadline=None)
@given(
    st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,8})?", fullmatch=True),
    st.integers(-5, 2**33),
    st.integers(0, 12),
    st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z"),
)
def test_all_that_a_book_reads_is_what_the_ordinary_way_reads(
    energy: str, power: str, transaction: int, connector: int, time: str
) -> None:
    book = FormBook()
    teach(book, meter_values(power="1.5"), "ocpp1.6")
    frame = meter_values("x", connector, str(transaction), time, energy, power)
    teach(book, frame, "ocpp1.6")
    if book.read(frame) is not None:
        assert_same(book, frame, "ocpp1.6")
