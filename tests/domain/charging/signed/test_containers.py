"""Signed records are found in whatever they come wrapped in."""

import base64
import html
import json

import pytest
from tests.domain.charging.signed.signing import SoftMeter, alfen, edl40, payload, pcdf

from chargehand.domain.charging.signed.containers import find_records
from chargehand.domain.charging.signed.records import RecordFormat, SignedRecordError
from chargehand.domain.charging.signed.verification import verify


def wrap(inner: str, key: str = "", **attributes: str) -> str:
    words = "".join(f' {name}="{value}"' for name, value in attributes.items())
    public = f"<publicKey>{key}</publicKey>" if key else ""
    return f"<value{words}><signedData>{inner}</signedData>{public}</value>"


def test_a_record_is_found_plain_in_hexadecimal_and_in_base64() -> None:
    record = SoftMeter().ocmf(payload())
    twice = base64.b64encode(base64.b64encode(record))
    for data in (
        record,
        record.hex().encode(),
        base64.b64encode(record),
        twice,
        b"\xef\xbb\xbf" + record + b"\r\n",
    ):
        (found,) = find_records(data)
        assert (found.format, found.data) == (RecordFormat.OCMF, record)


def test_records_one_a_line_are_told_apart() -> None:
    meter, other = SoftMeter(), SoftMeter("secp192r1")
    records = [meter.ocmf(payload(PG=f"T{page}")) for page in range(3)]
    assert [found.data for found in find_records(b"\r\n".join(records))] == records
    pair = [alfen(other, kind=str(kind), page=kind, energy=5) for kind in (0, 1)]
    assert [found.data for found in find_records(b"\n".join(pair))] == pair
    sessions = [pcdf(meter, CSC=str(number)) for number in (1, 2)]
    assert [found.data for found in find_records(b"".join(sessions))] == sessions


def test_xml_containers_give_record_key_and_transaction() -> None:
    meter = SoftMeter()
    inner = html.escape(meter.ocmf(payload()).decode())
    document = f"<?xml version='1.0'?><values>{wrap(inner, meter.spki.hex(), transactionId='77')}</values>"
    (found,) = find_records(document.encode())
    assert (found.public_key, found.transaction) == (meter.spki.hex(), "77")
    assert verify(document.encode())[0].is_accepted


def test_xml_with_a_namespace_and_a_character_section_is_read() -> None:
    record = SoftMeter().ocmf(payload())
    inner = f"<v:signedData><![CDATA[{record.decode()}]]></v:signedData>"
    document = f"<v:values xmlns:v='urn:x'><v:value>{inner}</v:value></v:values>"
    assert find_records(document.encode())[0].data == record


def test_edl40_is_found_bare_escaped_and_in_base64() -> None:
    record = edl40(SoftMeter("secp192r1"), page=1, energy=7)
    inside = f"<values>{wrap(html.escape(record.decode()))}{wrap(base64.b64encode(record).decode())}</values>"
    assert [found.format for found in find_records(record)] == [RecordFormat.EDL40_SIG]
    verdicts = verify(inside.encode())
    assert [verdict.is_accepted for verdict in verdicts] == [True, True]


def test_json_of_ocpp_and_ocpi_is_unwrapped_with_its_key() -> None:
    meter = SoftMeter()
    record = meter.ocmf(payload())
    blob, key = base64.b64encode(record).decode(), base64.b64encode(meter.spki).decode()
    ocpp_2 = {"signedMeterData": blob, "signingMethod": "", "encodingMethod": "OCMF", "publicKey": key}
    ocpp_16 = {"sampledValue": [{"value": json.dumps(ocpp_2), "format": "SignedData"}]}
    ocpi = {"public_key": key, "signed_values": [{"nature": "End", "plain_data": "", "signed_data": blob}]}
    for wrapper in (ocpp_2, ocpp_16, ocpi, [ocpp_2]):
        text = json.dumps(wrapper).encode()
        for data in (text, base64.b64encode(text)):
            (verdict,) = verify(data)
            assert verdict.is_accepted


@pytest.mark.parametrize(
    "document",
    [
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><values><value><signedData>&b;</signedData></value></values>",
        b"<! DOCTYPE values><values/>",
        "<values/>".encode("utf-16"),
        b"<?xml version='1.0' encoding='utf-7'?><values/>",
        b"<values><value>",
    ],
)
def test_xml_with_tricks_is_refused(document: bytes) -> None:
    with pytest.raises(SignedRecordError):
        find_records(document)


def test_wrappers_in_wrappers_are_not_followed_for_ever() -> None:
    data = SoftMeter().ocmf(payload())
    for _ in range(12):
        data = base64.b64encode(data)
    with pytest.raises(SignedRecordError):
        find_records(data)
    deep = json.dumps({"signedMeterData": "x"})
    for _ in range(200):
        deep = f'{{"a":{deep}}}'
    with pytest.raises(SignedRecordError):
        find_records(deep.encode())


def test_a_file_of_no_sensible_size_is_refused() -> None:
    with pytest.raises(SignedRecordError, match="16 MB"):
        find_records(b" " * 16_000_001)
