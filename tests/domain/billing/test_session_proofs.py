"""What documents tell of a charge: signed readings with their verdict, and no token that could be copied."""

import base64
from datetime import timedelta

import pytest
from tests.domain.billing.making import Town
from tests.domain.charging.signed.signing import SoftMeter, payload
from tests.domain.station_talk import now

from chargehand.domain.billing import invoices
from chargehand.domain.billing.documents.shapes import Document, SignedProof
from chargehand.domain.billing.invoice_register import invoice_document
from chargehand.domain.billing.session_proofs import mask
from chargehand.domain.stations.events import MeterValuesReported, Reading, SignedValue
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def _billed(town: Town, data: str, public_key: str) -> Document:
    """The document of a charge to which a station told a signed value."""
    town.tariff()
    began = now() - timedelta(hours=3)
    number = town.talk.start(at=began, meter=1000)
    value = SignedValue(data, "Transaction.End", "OCMF", "", public_key)
    at = began + timedelta(minutes=59)
    town.talk.say(MeterValuesReported(1, 1, str(number), [Reading(at, [], [value])]), "MeterValues", at)
    town.talk.stop(number, at=began + timedelta(hours=1), meter=8500)
    priced = town.price(number)
    made = invoices.issue_invoice(town.operator_id, priced.id, now=clock.now())
    found = invoice_document(town.operator_id, made or 0)
    assert found is not None
    return found


def _proof(town: Town, data: str, public_key: str) -> SignedProof:
    [session] = _billed(town, data, public_key).sessions
    [proof] = session.signed
    return proof


def test_a_signed_record_stands_on_the_document_byte_for_byte_with_key_and_verdict(town: Town) -> None:
    meter = SoftMeter()
    record = meter.ocmf(payload()).decode()
    proof = _proof(town, record, meter.spki.hex())
    assert (proof.data, proof.public_key) == (record, meter.spki.hex())
    assert proof.format == "OCMF"
    assert proof.verdict.startswith("The signature is good and nothing")


def test_a_record_in_base64_is_judged_too(town: Town) -> None:
    meter = SoftMeter()
    record = base64.b64encode(meter.ocmf(payload())).decode()
    assert _proof(town, record, meter.spki.hex()).verdict.startswith("The signature is good")


@pytest.mark.parametrize("data", ["", "nonsense", "OCMF|{}|{}", "${jndi:ldap://x}", "\u0000OCMF"])
def test_what_is_no_record_keeps_no_charge_from_being_billed(town: Town, data: str) -> None:
    document = _billed(town, data, "")
    assert document.after_minor == 446
    assert all(proof.verdict for session in document.sessions for proof in session.signed)


@pytest.mark.parametrize(
    ("uid", "shown"), [("", ""), ("ABC", "\u2026"), ("ABCDEF", "\u2026"), ("04A2B3C4D5", "\u2026C4D5")]
)
def test_a_token_is_shown_by_its_end_only(uid: str, shown: str) -> None:
    assert mask(uid) == shown
