"""Nobody is billed for what the meter's own signature speaks against (reliability list, point 32)."""

from datetime import timedelta

import pytest
from tests.domain.billing.making import FAY, Town
from tests.domain.charging.signed.signing import SoftMeter, payload
from tests.domain.station_talk import now

from chargehand.domain.billing import actions, invoices, queries
from chargehand.domain.billing.invoice_register import invoice_document
from chargehand.domain.billing.queries import PriceReviewView
from chargehand.domain.charging import meter_keys
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import ConnectorDetails
from chargehand.domain.stations.events import MeterValuesReported, Reading, SignedValue
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def meter() -> SoftMeter:
    return SoftMeter()


def _register(town: Town, key: str, evse: int = 1) -> int:
    stations.describe_connector(
        operator_id=town.operator_id,
        station_id=town.talk.station_id,
        evse=1,
        connector=1,
        details=ConnectorDetails(),
    )
    return meter_keys.register_key(
        operator_id=town.operator_id,
        station_id=town.talk.station_id,
        evse=evse,
        public_key=key,
        meter_serial="M1",
        actor=FAY,
        valid_from=clock.now() - timedelta(days=2),
    )


def _charge(town: Town, data: str | None, public_key: str, *, wh: int = 7500) -> str:
    """Charge with a signed value, decide about it, and return what became of it."""
    town.tariff()
    began = now() - timedelta(hours=3)
    number = town.talk.start(at=began, meter=1000)
    if data is not None:
        value = SignedValue(data, "Transaction.End", "OCMF", "", public_key)
        at = began + timedelta(minutes=59)
        town.talk.say(MeterValuesReported(1, 1, str(number), [Reading(at, [], [value])]), "MeterValues", at)
    town.talk.stop(number, at=began + timedelta(hours=1), meter=1000 + wh)
    return town.decide(number).kind


def _review(town: Town) -> PriceReviewView:
    [found] = queries.price_reviews(town.operator_id).reviews
    assert found.kind == "signed"
    return found


def test_a_record_changed_on_the_way_waits_for_a_person(town: Town, meter: SoftMeter) -> None:
    record = meter.ocmf(payload()).decode().replace("108.0", "109.0")

    assert _charge(town, record, meter.spki.hex()) == "review"
    assert _review(town).sentence.startswith("The signature does not match")


def test_a_record_that_is_void_though_well_signed_waits_for_a_person(town: Town, meter: SoftMeter) -> None:
    record = meter.ocmf(payload(IL="MISMATCH", IS=True)).decode()

    assert _charge(town, record, meter.spki.hex()) == "review"
    assert "must not be billed" in _review(town).sentence


def test_a_record_of_another_meter_waits_for_a_person(town: Town, meter: SoftMeter) -> None:
    other = SoftMeter()
    _register(town, meter.spki.hex())

    assert _charge(town, other.ocmf(payload()).decode(), other.spki.hex()) == "review"
    assert _review(town).sentence.startswith("The signature does not match")


def test_what_the_registers_key_proves_is_billed_without_reserve(town: Town, meter: SoftMeter) -> None:
    _register(town, meter.spki.hex())

    assert _charge(town, meter.ocmf(payload()).decode(), "") == "priced"
    [priced] = queries.priced_cdrs(town.operator_id).priced
    document = invoice_document(
        town.operator_id, invoices.issue_invoice(town.operator_id, priced.id, now=clock.now()) or 0
    )
    assert document is not None
    [proof] = document.sessions[0].signed
    assert proof.public_key
    assert "register of meters" not in proof.verdict, "it was compared with the register"


def test_an_energy_that_was_not_signed_waits_for_a_person(town: Town, meter: SoftMeter) -> None:
    _register(town, meter.spki.hex())

    assert _charge(town, meter.ocmf(payload()).decode(), "", wh=9000) == "review"
    assert _review(town).sentence == "The signed readings prove 7500 Wh, the charge tells 9000 Wh."


def test_a_charge_without_the_signature_it_should_have_waits_for_a_person(
    town: Town, meter: SoftMeter
) -> None:
    _register(town, meter.spki.hex())

    assert _charge(town, None, "") == "review"
    assert "none came" in _review(town).sentence


def test_a_person_may_bill_it_all_the_same_and_the_document_says_what_was_found(
    town: Town, meter: SoftMeter
) -> None:
    record = meter.ocmf(payload()).decode().replace("108.0", "109.0")
    _charge(town, record, meter.spki.hex())
    actions.price_review(
        operator_id=town.operator_id, review_id=_review(town).id, actor=FAY, note="Read off by hand"
    )
    [priced] = queries.priced_cdrs(town.operator_id).priced

    made = invoices.issue_invoice(town.operator_id, priced.id, now=clock.now())

    document = invoice_document(town.operator_id, made or 0)
    assert document is not None
    assert document.sessions[0].signed[0].verdict.startswith("The signature does not match")


def test_a_new_key_ends_the_one_before_and_a_retired_one_counts_no_longer(
    town: Town, meter: SoftMeter
) -> None:
    first = _register(town, meter.spki.hex())
    newer = SoftMeter().spki.hex()
    second = meter_keys.register_key(
        operator_id=town.operator_id,
        station_id=town.talk.station_id,
        evse=1,
        public_key=newer,
        actor=FAY,
        valid_from=clock.now() - timedelta(days=1),
    )
    place = (town.operator_id, town.talk.station_id, 1)

    assert meter_keys.key_at(*place, clock.now() - timedelta(hours=36)) == meter.spki.hex()
    assert meter_keys.key_at(*place, clock.now()) == newer
    meter_keys.retire_key(operator_id=town.operator_id, key_id=second, actor=FAY)
    assert meter_keys.key_at(*place, clock.now()) is None
    listed = meter_keys.meter_keys(town.operator_id, town.talk.station_id)
    assert [(each.id, each.valid_until is None) for each in listed] == [(second, False), (first, False)]


@pytest.mark.parametrize("key", ["", "nonsense", "00" * 3000, "日本"])
def test_what_is_no_key_is_refused(town: Town, key: str) -> None:
    with pytest.raises(Refused) as refusal:
        _register(town, key)
    assert refusal.value.code == "bad-key"


def test_a_key_needs_a_plug_that_is_there(town: Town, meter: SoftMeter) -> None:
    with pytest.raises(Refused) as refusal:
        _register(town, meter.spki.hex(), evse=7)
    assert refusal.value.code == "no-such-plug"
