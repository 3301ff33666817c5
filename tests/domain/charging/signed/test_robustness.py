"""Whatever bytes come, verification says a verdict or a sentence and accepts nothing that was changed."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.charging.signed.signing import SoftMeter, alfen, edl40, payload, pcdf

from chargehand.domain.charging.signed.keys import read_key
from chargehand.domain.charging.signed.records import SignedRecordError
from chargehand.domain.charging.signed.transactions import judge_transactions
from chargehand.domain.charging.signed.verification import verify

METER, SMALL = SoftMeter(), SoftMeter("secp192r1")
RECORDS = [
    (METER.ocmf(payload()), METER.spki.hex()),
    (alfen(SMALL, kind="0", page=1, energy=5), SMALL.point.hex()),
    (edl40(SMALL, page=1, energy=5), SMALL.point.hex()),
    (pcdf(METER), METER.spki.hex()),
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(which=st.sampled_from(RECORDS), at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_a_changed_record_is_never_accepted_with_other_content(
    which: tuple[bytes, str], at: int, byte: int, cut: bool
) -> None:
    record, key = which
    place = at % len(record)
    changed = record[:place] + (b"" if cut else bytes([byte])) + record[place + 1 :]
    try:
        verdicts = verify(changed, key)
    except SignedRecordError:
        return
    judge_transactions(verdicts)
    (original,) = verify(record, key)
    for verdict in verdicts:
        if verdict.is_accepted:
            assert verdict.content is not None
            assert original.content is not None
            assert verdict.content.signed == original.content.signed


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=200), start=st.sampled_from([b"", b"OCMF|", b"AP;", b"<", b"{", b"128.8.0("]))
def test_noise_is_a_sentence_or_a_refusal(data: bytes, start: bytes) -> None:
    try:
        verdicts = verify(start + data)
    except SignedRecordError:
        return
    assert not any(verdict.is_accepted for verdict in verdicts)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=120), prefix=st.sampled_from([b"", b"\x30", b"\x04", b"oca:"]))
def test_noise_is_no_key_that_can_be_used(data: bytes, prefix: bytes) -> None:
    try:
        key = read_key((prefix + data).hex())
    except SignedRecordError:
        return
    assert key.point
