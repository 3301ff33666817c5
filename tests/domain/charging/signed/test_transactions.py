"""Records are billed together only as one begin and one end of one meter without a gap."""

from decimal import Decimal
from typing import Any

import pytest
from tests.domain.charging.signed.signing import SoftMeter, alfen, edl40, payload, pcdf, reading

from chargehand.domain.charging.signed.transactions import TransactionVerdict, judge_transactions
from chargehand.domain.charging.signed.verification import verify

METER = SoftMeter()
BEGIN = reading("B", "2025-05-01T10:00:00,000+0200 S", 100.5)
END = reading("E", "2025-05-01T11:00:00,000+0200 S", 108.25)


def ocmf(*readings: dict[str, Any], **more: Any) -> bytes:
    return METER.ocmf(payload(*readings, **more))


def judge(*records: bytes, key: str | None = None) -> tuple[TransactionVerdict, ...]:
    return judge_transactions(verify(b"\n".join(records), key or METER.spki.hex()))


def test_a_record_with_begin_and_end_proves_its_energy() -> None:
    (found,) = judge(ocmf(BEGIN, END))
    assert (found.is_billable, found.energy) == (True, Decimal("7750.00"))


def test_two_records_in_any_order_prove_the_energy_between_them() -> None:
    begin, end = ocmf(BEGIN, PG="T7"), ocmf(END, PG="T8")
    for order in ((begin, end), (end, begin)):
        (found,) = judge(*order)
        assert (found.is_billable, found.energy) == (True, Decimal("7750.00"))


def test_each_whole_record_is_a_transaction_of_its_own() -> None:
    assert len(judge(ocmf(BEGIN, END, PG="T7"), ocmf(BEGIN, END, PG="T9"))) == 2


def test_intermediate_records_between_begin_and_end_are_welcome() -> None:
    middle = reading("C", "2025-05-01T10:30:00,000+0200 S", 104)
    (found,) = judge(ocmf(BEGIN, PG="T7"), ocmf(middle, PG="T8"), ocmf(END, PG="T9"))
    assert (found.is_billable, found.energy) == (True, Decimal("7750.00"))


@pytest.mark.parametrize("mark", list("ELRAP"))
def test_every_way_a_transaction_ends_is_an_end(mark: str) -> None:
    (found,) = judge(ocmf(BEGIN, {**END, "TX": mark}))
    assert found.is_billable


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((ocmf(BEGIN),), "has 1 begins and 0 ends"),
        ((ocmf(END),), "has 0 begins and 1 ends"),
        ((ocmf(BEGIN, BEGIN, END),), "has 2 begins and 1 ends"),
        ((ocmf(BEGIN, {**END, "RV": 100.4}),), "lower at the end"),
        ((ocmf(BEGIN, {**END, "TM": "2025-05-01T09:59:59,000+0200 S"}),), "end is before the begin"),
        ((ocmf(BEGIN, PG="T7"), ocmf(END, PG="T9")), "page numbers have a gap"),
        ((ocmf(BEGIN, PG="T7"), ocmf(END, PG="T7")), "page number comes twice"),
        ((ocmf(BEGIN, PG="T7"), ocmf(END, PG="F8")), "page counters"),
        ((ocmf(BEGIN, PG="T7"), ocmf(END, PG="x")), "no page number"),
        ((ocmf(BEGIN, PG="T7", ID="A"), ocmf(END, PG="T8", ID="B")), "different users"),
        ((ocmf(BEGIN, {**END, "EF": "E"}),), "error flags"),
    ],
)
def test_records_that_do_not_fit_are_not_billable(records: tuple[bytes, ...], words: str) -> None:
    (found,) = judge(*records)
    assert (found.is_billable, found.energy) == (False, None)
    assert words in found.reason


def test_a_file_may_hold_several_transactions_of_a_meter() -> None:
    records = [
        ocmf(BEGIN, PG="T7"),
        ocmf({**END, "RV": 99}, PG="T10"),
        ocmf(END, PG="T8"),
        ocmf({**BEGIN, "RV": 98}, PG="T9"),
    ]
    verdicts = verify(b"\n".join(records), METER.spki.hex())
    found = judge_transactions(verdicts, may_be_several=True)
    assert [(each.is_billable, each.energy) for each in found] == [
        (True, Decimal(7750)),
        (True, Decimal(1000)),
    ]
    (together,) = judge_transactions(verdicts)
    assert not together.is_billable
    lost = judge_transactions([*verdicts[:2], verdicts[3]], may_be_several=True)
    assert not any(each.is_billable for each in lost)


@pytest.mark.parametrize("value", ["-1", "NaN", "1e-999999", "1e999", "", None, True, "12,5"])
def test_a_value_that_no_meter_shows_is_refused(value: object) -> None:
    (found,) = judge(ocmf({**BEGIN, "RV": value}, END))
    assert (found.is_billable, "not a number" in found.reason) == (False, True)


def test_records_of_two_meters_under_one_transaction_are_not_billable() -> None:
    values = "".join(
        f"<value transactionId='5'><signedData>{record.decode()}</signedData></value>"
        for record in (ocmf(BEGIN, PG="T7", MS="A"), ocmf(END, PG="T8", MS="B"))
    )
    (found,) = judge_transactions(verify(f"<values>{values}</values>".encode(), METER.spki.hex()))
    assert (found.is_billable, found.transaction) == (False, "5")
    assert "different meters" in found.reason


def test_one_forged_record_spoils_its_transaction() -> None:
    forged = ocmf(END, PG="T8").replace(b"108.25", b"108.26")
    (found,) = judge(ocmf(BEGIN, PG="T7"), forged)
    assert "does not match" in found.reason
    assert not found.is_billable


def test_several_registers_of_import_leave_the_choice_to_the_contract() -> None:
    more = [{**BEGIN, "RI": "1-b:B2.8.0", "RV": 0}, {**END, "RI": "1-b:B2.8.0", "RV": 7.7}]
    (found,) = judge(ocmf(BEGIN, *more, END))
    assert (found.is_billable, found.energy) == (True, None)
    assert found.registers == {"1-b:1.8.0": Decimal("7750.00"), "1-b:B2.8.0": Decimal("7700.0")}


def test_energy_fed_back_is_not_the_energy_that_is_billed() -> None:
    more = [{**BEGIN, "RI": "1-b:2.8.0", "RV": 3}, {**END, "RI": "1-b:2.8.0", "RV": 4}]
    (found,) = judge(ocmf(BEGIN, END, *more))
    assert found.energy == Decimal("7750.00")


def test_alfen_and_edl40_pairs_prove_their_energy() -> None:
    meter = SoftMeter("secp192r1")
    pair = [alfen(meter, kind=str(kind), page=10 + kind, energy=1000 + 250 * kind) for kind in (0, 1)]
    (found,) = judge(*pair, key=meter.point.hex())
    assert (found.is_billable, found.energy) == (True, Decimal(250))
    values = "".join(
        f"<value><signedData><![CDATA[{edl40(meter, page=page, energy=100 * page).decode()}]]></signedData></value>"
        for page in (5, 4)
    )
    (found,) = judge_transactions(verify(f"<values>{values}</values>".encode()))
    assert (found.is_billable, found.energy) == (True, Decimal("10.0"))


def test_alfen_records_of_different_sessions_do_not_pair() -> None:
    meter = SoftMeter("secp192r1")
    pair = [alfen(meter, kind=str(kind), page=kind, energy=1, session=kind) for kind in (0, 1)]
    (found,) = judge(*pair, key=meter.point.hex())
    assert "different sessions" in found.reason


def test_records_signed_with_different_keys_do_not_pair() -> None:
    pair = [
        alfen(SoftMeter("secp192r1"), kind=str(kind), page=10 + kind, energy=1000 + 250 * kind)
        for kind in (0, 1)
    ]
    (found,) = judge_transactions(verify(b"\n".join(pair)))
    assert (found.is_billable, found.reason) == (False, "The records are signed with different keys.")


def test_three_edl40_records_have_no_clear_begin_and_end() -> None:
    meter = SoftMeter("secp192r1")
    values = "".join(
        f"<value><signedData><![CDATA[{edl40(meter, page=page, energy=page).decode()}]]></signedData></value>"
        for page in (1, 2, 3)
    )
    (found,) = judge_transactions(verify(f"<values>{values}</values>".encode()))
    assert not found.is_billable


def test_a_pcdf_record_is_a_whole_session() -> None:
    (found,) = judge(pcdf(METER))
    assert (found.is_billable, found.energy) == (True, Decimal("3276.000"))
