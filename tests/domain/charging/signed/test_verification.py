"""Signed records are accepted only when signature and content both allow billing."""

import base64
import html
import json
from typing import Any

import pytest
from tests.domain.charging.signed.signing import SoftMeter, alfen, edl40, payload, pcdf, reading

from chargehand.domain.charging.signed.curves import CURVES
from chargehand.domain.charging.signed.records import SignatureState, SignedRecordError, Verdict
from chargehand.domain.charging.signed.verification import OTHER_KEY, OWN_KEY, verify

BEGIN = reading("B", "2025-05-01T10:00:00,000+0200 S", 100.5)
END = reading("E", "2025-05-01T11:00:00,000+0200 S", 108.0)


def only(data: bytes, key: str | None = None) -> Verdict:
    (verdict,) = verify(data, key)
    return verdict


def judge(content: dict[str, Any]) -> Verdict:
    meter = SoftMeter()
    return only(meter.ocmf(content), meter.spki.hex())


@pytest.mark.parametrize("curve", sorted(CURVES))
def test_every_curve_verifies_and_a_changed_byte_does_not(curve: str) -> None:
    meter = SoftMeter(curve)
    record = meter.ocmf(payload())
    verdict = only(record, meter.spki.hex())
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.VALID, True)
    forged = only(record.replace(b"108.0", b"108.1"), meter.spki.hex())
    assert (forged.signature, forged.is_accepted) == (SignatureState.INVALID, False)
    stranger = only(record, SoftMeter(curve).spki.hex())
    assert stranger.signature is SignatureState.INVALID


@pytest.mark.parametrize("curve", ["brainpoolp256r1", "brainpoolp384r1"])
def test_both_spellings_of_a_brainpool_curve_are_known(curve: str) -> None:
    meter = SoftMeter(curve)
    for spelling in (curve.replace("poolp", "poolP"), curve.replace("poolp", "pool")):
        assert only(meter.ocmf(payload(), SA=f"ECDSA-{spelling}-SHA256"), meter.spki.hex()).is_accepted


def grouped(text: str) -> str:
    return " ".join(text[at : at + 2] for at in range(0, len(text), 2)).upper()


@pytest.mark.parametrize("curve", ["secp192r1", "secp256k1", "secp384r1"])
def test_a_key_is_read_in_every_form_it_comes_in(curve: str) -> None:
    meter = SoftMeter(curve)
    record = meter.ocmf(payload())
    forms = {
        meter.spki.hex(),
        grouped(meter.spki.hex()),
        base64.b64encode(meter.spki).decode(),
        meter.pem.decode(),
        meter.point.hex(),
        meter.point[1:].hex(),
        base64.b64encode(meter.point[1:]).decode(),
        meter.compressed.hex(),
        base64.b32encode(meter.compressed).decode(),
        base64.b64encode(f"oca:base16:asn1:{meter.spki.hex()}".encode()).decode(),
    }
    verdicts = [only(record, form) for form in forms]
    assert [verdict.is_accepted for verdict in verdicts] == [True] * len(forms)
    assert {verdict.key for verdict in verdicts} == {meter.point.hex(), meter.compressed.hex()}


def test_a_key_of_another_curve_decides_nothing() -> None:
    verdict = only(SoftMeter().ocmf(payload()), SoftMeter("secp256k1").spki.hex())
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.UNDECIDABLE, False)
    assert verdict.reason == "The key is of secp256k1 and the signature of secp256r1."


@pytest.mark.parametrize("key", ["", "zz", "00" * 64, "04" + "11" * 64, "30" * 40])
def test_a_key_that_is_none_decides_nothing(key: str) -> None:
    assert only(SoftMeter().ocmf(payload()), key).signature is SignatureState.UNDECIDABLE


def test_signatures_come_as_base64_as_raw_numbers_and_as_sloppy_der() -> None:
    meter = SoftMeter()
    text = json.dumps(payload())
    raw = meter.sign_raw(text.encode())
    r, s = raw[:32], raw[32:]
    unsigned = b"\x30\x44\x02\x20" + r + b"\x02\x20" + s
    padded = b"\x30\x4a\x02\x23\0\0\0" + r + b"\x02\x23\0\0\0" + s
    for seal in (
        {"SD": base64.b64encode(meter.sign(text.encode())).decode(), "SE": "base64"},
        {"SD": base64.b64encode(meter.sign(text.encode())).decode()},
        {"SD": raw.hex()},
        {"SD": unsigned.hex()},
        {"SD": padded.hex()},
    ):
        assert only(meter.ocmf(text, **seal), meter.spki.hex()).is_accepted


@pytest.mark.parametrize("value", ["", "00", "30060201000201", "3006020100020100", "ff" * 70])
def test_a_signature_that_is_none_is_never_accepted(value: str) -> None:
    meter = SoftMeter()
    assert not only(meter.ocmf(payload(), SD=value), meter.spki.hex()).is_accepted


def test_the_default_algorithm_is_secp256r1() -> None:
    meter = SoftMeter()
    text = json.dumps(payload())
    record = f"OCMF|{text}|{json.dumps({'SD': meter.sign(text.encode()).hex()})}".encode()
    assert only(record, meter.spki.hex()).is_accepted


def test_an_unknown_algorithm_decides_nothing() -> None:
    meter = SoftMeter()
    for name in ("RSA-2048-SHA256", "ECDSA-secp256r1-MD5", "ECDSA-p999-SHA256"):
        assert only(meter.ocmf(payload(), SA=name), meter.spki.hex()).signature is SignatureState.UNDECIDABLE


def test_the_raw_bytes_are_signed_and_not_a_rewritten_json() -> None:
    meter = SoftMeter()
    text = json.dumps(payload(), indent=1).replace("100.5", "100.500")
    verdict = only(meter.ocmf(text + " "), meter.spki.hex())
    assert verdict.is_accepted
    assert verdict.content is not None
    assert str(verdict.content.readings[0].energy) == "100500.000"


def test_a_pipe_in_the_payload_is_part_of_it() -> None:
    assert judge(payload(GV="1|2")).is_accepted


def test_the_registers_key_wins_over_the_one_in_the_file() -> None:
    meter, thief = SoftMeter(), SoftMeter()
    record = thief.ocmf(payload()).decode()
    key = thief.spki.hex()
    inner = f"<signedData>{html.escape(record)}</signedData><publicKey>{key}</publicKey>"
    stolen = f"<values><value>{inner}</value></values>"
    assert only(stolen.encode()).is_accepted
    assert only(stolen.encode()).cautions == (OWN_KEY,)
    judged = only(stolen.encode(), meter.spki.hex())
    assert (judged.signature, OTHER_KEY in judged.cautions) == (SignatureState.INVALID, True)


def test_an_empty_key_from_the_register_is_no_leave_to_use_the_records_own() -> None:
    verdict = only(pcdf(SoftMeter()), "")
    assert (verdict.signature, verdict.is_own_key) == (SignatureState.UNDECIDABLE, False)


def test_without_any_key_nothing_is_decided() -> None:
    verdict = only(SoftMeter().ocmf(payload()))
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.UNDECIDABLE, False)
    assert "no public key" in verdict.reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (payload(BEGIN, {**END, "ST": "T"}), "meter state is T"),
        (payload({**BEGIN, "ST": None}, END), "meter state is missing"),
        (payload(BEGIN, {**END, "EF": "E"}), "error flags E"),
        (payload(BEGIN, {**END, "EF": "t"}), "error flags t"),
        (payload(IL="MISMATCH"), "identification of the user is MISMATCH"),
        (payload(IL="OUTDATED"), "OUTDATED"),
        (payload(BEGIN, {**END, "RU": "MWh"}), "unit 'mwh'"),
        (payload(BEGIN, {**END, "RV": "a lot"}), "not a number"),
        (payload(BEGIN, {**END, "RV": "Infinity"}), "not a number"),
        (payload(BEGIN, {**END, "TM": "yesterday"}), "no time"),
        (payload({**BEGIN, "TM": "2025-05-01T10:00:00,000+0200 R"}, END), "clock is relative"),
        (payload({**BEGIN, "RI": "1-b:1.7.0"}), "no reading of an energy register"),
        ({**payload(), "RD": []}, "no reading"),
        ({**payload(), "RD": ["x"]}, "not a JSON object"),
    ],
)
def test_a_good_signature_over_a_bad_record_is_refused(content: dict[str, Any], words: str) -> None:
    verdict = judge(content)
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.VALID, False)
    assert words in verdict.reason


def test_a_reading_takes_over_what_the_one_before_said() -> None:
    short = {"TM": "2025-05-01T11:00:00,000+0200 S", "TX": "E", "RV": "    108.00"}
    verdict = judge(payload(BEGIN, short))
    assert verdict.is_accepted
    assert verdict.content is not None
    assert str(verdict.content.readings[1].energy) == "108000.00"


def test_readings_of_other_quantities_do_not_count() -> None:
    seconds = reading("E", "2025-05-01T11:00:00,000+0200 S", "3600", RI="01-00:00.08.06.FF", RU="sec", ST="X")
    verdict = judge(payload(BEGIN, END, seconds))
    assert verdict.is_accepted
    assert verdict.content is not None
    assert len(verdict.content.readings) == 2


@pytest.mark.parametrize(
    "code", ["1-b:1.8.0", "1-0:1.8.1", "01-00:98.08.00.FF", "1-0:9E.8.0", "1-b:B2.8.e", "1-0:1.8.0*198"]
)
def test_the_registers_of_energy_are_known_in_all_spellings(code: str) -> None:
    assert judge(payload({**BEGIN, "RI": code}, {**END, "RI": code})).is_accepted


def test_version_1_4_and_an_unsure_clock_are_noted_but_accepted() -> None:
    verdict = judge(payload(BEGIN, {**END, "TM": "2025-05-01T09:00:00.5Z U"}, FV="1.4"))
    assert verdict.is_accepted
    assert verdict.cautions == (
        "The format version 1.4 is newer than reference verifiers accept.",
        "The synchronisation of the clock is unknown.",
    )


@pytest.mark.parametrize(
    "record",
    [
        b"OCMF|{}",
        b"OCMF|{}|{}",
        b"OCMF|[1]|{}",
        b'OCMF|{"RV":1}|{"SD":"00"',
        b"OCMF|" + b"[" * 100_000 + b"|{}",
        b'OCMF|{"a":NaN}|{"SD":"00"}',
        b'OCMF|{"GS":"${jndi:ldap://example.org/a}","RD":"${env:HOME}"}|{"SD":"${java:version}"}',
        b"AP;0;3;A;B;C;",
        b"AP;9;3;A;B;C;",
        b"128.8.0(ST:1)(SG:00)",
        b"<signedMeterValue><encodedMeterValue>AAAA</encodedMeterValue></signedMeterValue>",
        b"<signedMeterValue/>",
    ],
)
def test_a_broken_or_hostile_record_is_refused_without_an_error(record: bytes) -> None:
    verdict = only(record, SoftMeter().spki.hex())
    assert not verdict.is_accepted
    assert verdict.reason.endswith(".")


def test_a_field_given_twice_is_refused_though_the_signature_is_good() -> None:
    meter = SoftMeter()
    text = json.dumps(payload())[:-1] + ', "RD": []}'
    assert "gives a field twice" in only(meter.ocmf(text), meter.spki.hex()).reason


def test_alfen_records_verify_and_fail_when_changed() -> None:
    meter = SoftMeter("secp192r1")
    record = alfen(meter, kind="0", page=3, energy=15_762)
    verdict = only(record, meter.compressed.hex())
    assert verdict.is_accepted
    assert verdict.content is not None
    assert (verdict.content.page, str(verdict.content.readings[0].energy)) == (3, "15762")
    other = alfen(meter, kind="0", page=3, energy=15_763)
    parts, changed = record.split(b";"), other.split(b";")
    parts[4] = changed[4]
    assert only(b";".join(parts), meter.compressed.hex()).signature is SignatureState.INVALID


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": 1 << 1}, "meter reports an error"),
        ({"status": 1 << 31}, "adapter reports an error"),
        ({"status": 1 << 26}, "does not match"),
        ({"unit": 27}, "unit is not Wh"),
        ({"obis": bytes.fromhex("0100020800ff")}, "does not count energy"),
    ],
)
def test_an_alfen_record_with_a_fault_is_refused(change: dict[str, Any], words: str) -> None:
    verdict = only(alfen(SoftMeter("secp192r1"), kind="1", page=1, energy=1, **change))
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.VALID, False)
    assert words in verdict.reason


@pytest.mark.parametrize("curve", ["secp192r1", "secp256r1"])
def test_edl40_records_verify_with_keys_of_192_and_256_bits(curve: str) -> None:
    meter = SoftMeter(curve)
    record = edl40(meter, page=4, energy=4234)
    verdict = only(record, meter.point[1:].hex())
    assert verdict.is_accepted
    assert verdict.content is not None
    assert (str(verdict.content.readings[0].energy), verdict.content.identity) == ("423.4", "CUSTOMER")
    assert only(record, SoftMeter(curve).point[1:].hex()).signature is SignatureState.INVALID


@pytest.mark.parametrize(
    ("change", "words"),
    [({"unit": 28}, "unit is not Wh"), ({"obis": bytes.fromhex("0100020800ff")}, "does not count energy")],
)
def test_an_edl40_record_with_a_fault_is_refused(change: dict[str, Any], words: str) -> None:
    verdict = only(edl40(SoftMeter("secp192r1"), page=1, energy=1, **change))
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.VALID, False)
    assert words in verdict.reason


def test_pcdf_records_verify_with_and_without_frame_and_fail_when_changed() -> None:
    meter = SoftMeter()
    record = pcdf(meter)
    for framed in (record, b"\x02" + record + b"\x03", b"\\u0002" + record + b"\\u0003"):
        assert only(framed, meter.spki.hex()).is_accepted
    assert only(record.replace(b"3.276", b"3.277")).signature is SignatureState.INVALID


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"BV": "0"}, "must not be billed (BV)"),
        ({"SP": "0"}, "not the last one"),
        ({"TV": "2"}, "neither 0 nor 1"),
        ({"RV": "3.276*kWh"}, "0000.000*kWh"),
        ({"ST": "251301100000"}, "yymmddhhmmss"),
        ({"CD": "009900"}, "hhmmss"),
    ],
)
def test_a_pcdf_record_with_a_good_signature_but_void_content_is_refused(
    change: dict[str, str], words: str
) -> None:
    verdict = only(pcdf(SoftMeter(), **change))
    assert (verdict.signature, verdict.is_accepted) == (SignatureState.VALID, False)
    assert words in verdict.reason


# Published test vectors of the reference verifier (SAFE-eV/transparenzsoftware, Apache-2.0).
PUBLISHED_ALFEN = (
    b"AP;0;3;AMVBBEIORR2RGJLJ6YRZUGACQAXSDFCL66EIP3N7;BJKGK43UIRSXMAAROYYDCMZNUYFACRC2I4ADGAABIAAAAAAAQ6AC"
    b"MAD5CH4FWAIAAEEAB7Y6ACJD2AAAAAAAAABRAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASAAAAAEIAAAAA====;IGRCBV3TL45XIGP"
    b"JU7QGD3H4V6ICQ75GLPWEFNEKZX3RTTKJI2FBXHPCWUIWL5OENEHE3SQRVACHG===;"
)
PUBLISHED_PCDF = (
    b"128.8.0(ST:210902105044)(CT:210902105118)(CD:000034)(TV:1)(BV:1)(CSC:18)(SP:1)(RV:0000.619*kWh)(SI:DVE911*"
    b"4*a103507e-161e-414a-b8c5-e1efb37fb72d)(CS:5febd3dc)(HW:39202000189)(DT:0)(PK:04e4c95c1ca877c9b8237ccc9bed2"
    b"42f1ff6b87e1988bbe5dcd76de4ee6aa4eac3d7a120708d04857d63ae75eba8e2d5c99512d322ae409f8f77387835234e4c96)(SG:30"
    b"4602210092f1efe8e275a37fa21c64eaa9a3f8191c22f36f661cabc159bc8649b1ab36cc02210088bef59ed13eb633c994489736c033"
    b"eba4f247361fba1ccabbaf0004d16d7b70)"
)


@pytest.mark.parametrize(
    ("record", "energy"), [(PUBLISHED_ALFEN, "15762"), (PUBLISHED_PCDF, "619.000")], ids=["alfen", "pcdf"]
)
def test_records_of_real_meters_verify(record: bytes, energy: str) -> None:
    verdict = only(record)
    assert verdict.is_accepted
    assert verdict.content is not None
    assert str(verdict.content.readings[-1].energy) == energy


def test_bytes_without_any_record_are_an_error() -> None:
    for data in (b"", b"hello", b"<values/>", b"{}", b"[1, 2]", b"00ff", b"\0\1\2"):
        with pytest.raises(SignedRecordError):
            verify(data)
