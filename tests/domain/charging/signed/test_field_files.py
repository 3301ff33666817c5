"""Records of a real meter, in the files and with the keys in which people hand them around."""

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from tests.domain.charging.signed.signing import SoftMeter, edl40, payload

from chargehand.domain.charging.signed.command import REFUSED
from chargehand.domain.charging.signed.records import RecordFormat, SignatureState
from chargehand.domain.charging.signed.transactions import judge_transactions
from chargehand.domain.charging.signed.verification import verify
from chargehand.project.cli import main

# Two records of a ChargeX meter on secp192k1, published in the tests of ev-server (Apache-2.0). Its key is
# the one point from which both signatures can come (SEC 1, 4.1.6), reckoned without the code under test.
START = (
    'OCMF|{"FV": "1.0", "GI": "ChargeX Messkapsel 1.0", "GS": "ESVFL915WH52", "GV": "1.2", "PG": "T53", '
    '"MV": "ChargeX", "IS": "true", "IT": "ISO14443", "ID": "8421A3EE", "CT": "CBIDC", '
    '"CI": "72ABHJLHYY568SEJ 2", "RD": [{"TM": "2022-07-25T08:37:19.962+00:00 S", "TX": "B", "RV": 543.708, '
    '"RI": "1-b:1.8.e", "RU": "kWh", "EF": "", "ST": "G"}]}|{"SA": "ECDSA-secp192k1-SHA256", "SD": '
    '"MDUCGH0gEwvhKU8n0x36wWszmForuqEP7EcBHQIZAJ70dXSN732qKgEikBNp/5fcQyuk/uzGZQ==", "SE": "base64"}'
)
STOP = (
    'OCMF|{"FV": "1.0", "GI": "ChargeX Messkapsel 1.0", "GS": "ESVFL915WH52", "GV": "1.2", "PG": "T54", '
    '"MV": "ChargeX", "IS": "true", "IT": "ISO14443", "ID": "8421A3EE", "CT": "CBIDC", '
    '"CI": "72ABHJLHYY568SEJ 2", "RD": [{"TM": "2022-07-25T08:45:38.425+00:00 S", "TX": "E", "RV": 544.719, '
    '"RI": "1-b:1.8.e", "RU": "kWh", "EF": "", "ST": "G"}]}|{"SA": "ECDSA-secp192k1-SHA256", "SD": '
    '"MDQCGFR9euJ/yXiVmefh6pzRX2avXxlrUT63kAIYY/OVK4Z/myHHHeAzbz7/U5Uy/FuZpMf8", "SE": "base64"}'
)
POINT = "04c67fca1734758e001200046ac22a78f3e0f4a53a67e559a96afc0eb3d5be2beb60271e5b4d25553893b2eb688f2914f6"
PUBLISHED = Path(__file__).parent / "published"
SPKI = bytes.fromhex("3046301006072a8648ce3d020106052b8104001f033200" + POINT)
KEYS = {
    "point": POINT,
    "compressed": "02" + POINT[2:50],
    "x and y": POINT[2:],
    "SPKI": SPKI.hex(),
    "SPKI in groups": SPKI.hex(" ").upper(),
    "base64": base64.b64encode(SPKI).decode(),
    "URL-safe without padding": base64.urlsafe_b64encode(SPKI).decode().rstrip("="),
    "base32": base64.b32encode(SPKI).decode(),
    "PEM": f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(SPKI).decode()}-----END PUBLIC KEY-----\n",
    "OCA": f"oca:base16:asn1:{SPKI.hex()}",
    "OCA in base64": base64.b64encode(f"oca:base16:asn1:{SPKI.hex()}".encode()).decode(),
}


def xml(element: str, write: Callable[[str], str]) -> str:
    values = "".join(
        f'<value transactionId="1"><{element} format="OCMF">{write(record)}</{element}>'
        f'<publicKey encoding="hex">{SPKI.hex()}</publicKey></value>'
        for record in (START, STOP)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<values>{values}</values>'


def to_base64(record: str) -> str:
    return base64.b64encode(record.encode()).decode()


def ocpi(plain: str) -> str:
    values = [
        {"nature": nature, "plain_data": plain or record, "signed_data": record}
        for nature, record in (("Start", START), ("End", STOP))
    ]
    return json.dumps({"encoding_method": "OCMF", "public_key": SPKI.hex(), "signed_values": values})


FILES = {
    "lines": f"{START}\n{STOP}\n",
    "lines of Windows": f"\ufeff{START}\r\n\r\n{STOP}\r\n",
    "one line": f"{START} {STOP}",
    "hexadecimal lines": f"{START.encode().hex()}\n{STOP.encode().hex().upper()}",
    "base64 lines": f"{to_base64(START)}\n{to_base64(STOP)}",
    "signedData": xml("signedData", escape),
    "signedData in hexadecimal": xml("signedData", lambda record: record.encode().hex()),
    "encodedData in base64": xml("encodedData", to_base64),
    "strings of JSON": json.dumps([START, STOP]),
    "JSON lines": "\n".join(json.dumps({"signedMeterData": record}) for record in (START, STOP)),
    "OCPI": ocpi(plain="-"),
    "OCPI that repeats the record": ocpi(plain=""),
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_both_records_are_found_in_every_kind_of_file(text: str) -> None:
    verdicts = verify(text.encode(), POINT)
    assert [verdict.is_accepted for verdict in verdicts] == [True, True]
    (transaction,) = judge_transactions(verdicts)
    assert (transaction.is_billable, str(transaction.energy)) == (True, "1011.000")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_xml_that_an_editor_saved_anew_is_read(encoding: str) -> None:
    text = xml("signedData", escape).replace("UTF-8", encoding.upper().removesuffix("-SIG"))
    assert [verdict.is_accepted for verdict in verify(text.encode(encoding))] == [True, True]


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_the_key_of_the_meter_is_known_in_every_form(key: str, tmp_path: Path) -> None:
    (verdict,) = verify(START.encode(), key)
    assert (verdict.is_accepted, verdict.is_own_key) == (True, False)
    (tmp_path / "key").write_text(key)
    (tmp_path / "record").write_text(f"{START}\n{STOP}")
    assert main(["verify-meter", str(tmp_path / "record"), "--public-key", str(tmp_path / "key")]) == 0


def test_the_key_may_be_a_file_of_der(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(SPKI)
    (tmp_path / "record").write_text(f"{START}\n{STOP}")
    arguments = ["verify-meter", str(tmp_path / "record"), "--public-key"]
    assert main([*arguments, str(tmp_path / "key.der")]) == 0
    assert main([*arguments, str(tmp_path / "no.der")]) == REFUSED


def test_no_changed_byte_passes() -> None:
    record = START.encode()
    end = record.rindex(b"|")
    for at in range(5, end, 17):
        forged = record[:at] + bytes([record[at] ^ 1]) + record[at + 1 :]
        assert not any(verdict.is_accepted for verdict in verify(forged, POINT))


def test_json_written_anew_is_another_record_though_it_says_the_same() -> None:
    _mark, text, seal = START.split("|")
    for other in (
        json.dumps(json.loads(text), separators=(",", ":")),
        json.dumps(json.loads(text), sort_keys=True),
    ):
        (verdict,) = verify(f"OCMF|{other}|{seal}".encode(), POINT)
        assert verdict.signature is SignatureState.INVALID


def test_a_record_of_another_format_beside_good_ones_is_told_and_refused() -> None:
    foreign = '<value><signedData format="ISA_EDL_40_P" encoding="hex">1B1B1B1B01010101</signedData></value>'
    text = xml("signedData", escape).replace("</values>", f"{foreign}</values>")
    verdicts = verify(text.encode(), POINT)
    assert [verdict.is_accepted for verdict in verdicts] == [True, True, False]
    assert verdicts[2].format is RecordFormat.UNKNOWN
    assert verdicts[2].reason == "The record is of a format that is not verified here."


@pytest.mark.parametrize(
    ("curve", "name"),
    [
        ("brainpoolp256r1", "ECDSA-brainpool256r11-SHA256"),
        ("brainpoolp384r1", "ECDSA-brainpool384r11-SHA256"),
        ("brainpoolp512r1", "ECDSA-brainpoolP512r1-SHA256"),
    ],
)
def test_older_texts_and_larger_curves_are_known(curve: str, name: str) -> None:
    meter = SoftMeter(curve)
    (verdict,) = verify(meter.ocmf(payload(), SA=name), meter.spki.hex())
    assert verdict.is_accepted


@pytest.mark.parametrize(
    ("name", "accepted", "energy"),
    [
        ("chargepoint.xml", [True], "1304.000"),
        ("nzr-384.xml", [True, True], "0"),
        ("emh-192.xml", [True, True], "1045.1"),
        ("emh-256.xml", [True, True], "1.9"),
        ("second-key.xml", [True, False], None),
    ],
)
def test_published_files_have_the_verdict_of_the_reference(
    name: str, accepted: list[bool], energy: str | None
) -> None:
    """Files of SAFE-eV/transparenzsoftware (Apache-2.0), src/test/resources."""
    verdicts = verify((PUBLISHED / name).read_bytes())
    assert [verdict.is_accepted for verdict in verdicts] == accepted
    (transaction,) = judge_transactions(verdicts)
    assert transaction.energy == (None if energy is None else Decimal(energy))
    text = (PUBLISHED / name).read_bytes().replace(b'"RV": "1.304"', b'"RV": "1.204"')
    forged = text.replace(b"AAAAAAAAAAAAAAAAAAAAAAAA", b"AAAAAAAAAAAAAAAAAAAAAAAB").replace(
        b'"RV":0', b'"RV":1'
    )
    if name != "second-key.xml":
        assert not any(verdict.is_accepted for verdict in verify(forged))


def edl40_pair(*changes: dict[str, bytes]) -> bytes:
    meter = SoftMeter("secp256r1")
    records = [edl40(meter, page=page, energy=page, **change) for page, change in enumerate(changes, start=1)]
    values = (f"<value><signedData><![CDATA[{each.decode()}]]></signedData></value>" for each in records)
    return f"<values>{''.join(values)}</values>".encode()


def test_edl40_meters_that_mark_begin_and_end_are_taken_at_their_word() -> None:
    server = b"\x0a\x01EMH\0\0\x01\x02\x03"
    marked = [{"server": server, "customer": mark + b"DRIVER1"} for mark in (b"\x01", b"\x02")]
    (found,) = judge_transactions(verify(edl40_pair(*marked)))
    assert found.is_billable
    (found,) = judge_transactions(verify(edl40_pair(*reversed(marked))))
    assert "lower at the end" in found.reason
    (found,) = judge_transactions(verify(edl40_pair(marked[0], {**marked[1], "customer": b"\x02DRIVER2"})))
    assert "different users" in found.reason


def test_something_in_the_logbook_between_begin_and_end_forbids_billing() -> None:
    (found,) = judge_transactions(verify(edl40_pair({"logbook": b"\x00\x46"}, {"logbook": b"\x00\x47"})))
    assert (found.is_billable, "states of the logbook" in found.reason) == (False, True)
