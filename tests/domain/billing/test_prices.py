"""Records are priced once, by the tariff of their start, and corrected by credit and new price only."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.billing.making import FAY, LONG_AGO, SIMPLE, Town, bill_everything
from tests.domain.station_talk import Talk, now
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import followers, invariants, prices, queries, snapshots, statements
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.models import Posting, PricedCdr, TariffSnapshot
from chargehand.domain.charging.facts import CdrIssued, TransactionIdentified, TransactionStarted
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import ConnectorDetails
from chargehand.domain.stations.events import TransactionReported
from chargehand.domain.tariffs import actions as tariffs
from chargehand.domain.tariffs import queries as catalogue
from chargehand.domain.tariffs.views import Place
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def _started(town: Town, number: int) -> TransactionStarted:
    return TransactionStarted(
        happened_at=now(),
        operator_id=town.operator_id,
        transaction_id=number,
        station_id=town.talk.station_id,
        evse=1,
        token_uid="CARD1",
        remote_start_id=None,
        authorization="",
    )


def _issued(town: Town, number: int, cdr_id: int) -> CdrIssued:
    return CdrIssued(
        happened_at=now(),
        operator_id=town.operator_id,
        transaction_id=number,
        station_id=town.talk.station_id,
        cdr_id=cdr_id,
        version=1,
    )


def _owed(town: Town) -> int:
    found = statements.balances(town.operator_id, kind=AccountKind.RECEIVABLE)
    return sum(each.posted_minor for each in found)


def _breaks() -> list[str]:
    bill_everything()
    return invariants.find_breaks(clock.now() + timedelta(days=1))


def test_a_record_is_priced_and_posted_to_the_minor_unit(town: Town) -> None:
    version = town.tariff()
    priced = town.price(town.charge(7123))
    assert (priced.rated.before_minor, priced.rated.tax_minor, priced.rated.after_minor) == (356, 68, 424)
    assert (priced.rated.before_exact, priced.rated.after_exact) == ("3.5615", "4.238185")
    assert (priced.version_id, priced.energy_wh, priced.decided_by) == (version, Decimal(7123), "Chargehand")
    posting = statements.posting(town.operator_id, priced.posting_id or 0)
    assert posting is not None
    legs = {(leg.account.kind.value, leg.account.detail): leg.minor for leg in posting.legs}
    assert legs == {
        ("receivable", f"token:{town.token_id}"): 424,
        ("revenue", "ENERGY"): -356,
        ("vat-payable", "DE 19"): -68,
    }
    assert _breaks() == []


def test_a_fact_told_twice_gives_one_price_and_one_posting(town: Town) -> None:
    town.tariff()
    number = town.charge()
    fact = _issued(town, number, town.issue(number))
    followers.price_records([fact, fact])
    followers.price_records([fact])
    assert (PricedCdr.objects.count(), Posting.objects.count()) == (1, 1)
    assert StatedFact.objects.filter(name="billing.CdrPriced").count() == 1


def test_the_tariff_is_fixed_when_the_charge_begins(town: Town) -> None:
    version = town.tariff()
    number = town.charge()
    followers.fix_tariffs([_started(town, number), _started(town, number)])
    town.tariff(tariff(element(component("ENERGY", "9.99")), id="DEAR"), priority=9)
    followers.fix_tariffs([_started(town, number)])
    assert town.price(number).version_id == version
    fixed = queries.fixed_tariff(town.operator_id, number)
    assert fixed is not None
    assert (fixed.version_id, fixed.time_zone, fixed.country) == (version, "Europe/Berlin", "DE")
    assert fixed.sentences == ("Simple, version 1, counts: it is assigned to everywhere.",)


def test_a_charge_has_the_tariff_of_its_start_though_nobody_told_of_it_in_time(town: Town) -> None:
    version = town.tariff(valid_until=now() - timedelta(hours=4))
    assert town.price(town.charge()).version_id == version


def test_a_tokens_group_has_its_own_price(operator: Operator) -> None:
    town = Town(operator, group="GOLD")
    town.tariff()
    members = town.tariff(
        tariff(element(component("ENERGY", "0.10", vat="19")), id="GOLD"), token_group="GOLD"
    )
    assert town.price(town.charge()).version_id == members


def test_a_charge_that_began_without_a_token_or_a_plug_has_its_tariff_once_both_are_told(
    operator: Operator,
) -> None:
    town = Town(operator, group="GOLD", version=201)
    town.tariff()
    members = town.tariff(
        tariff(element(component("ENERGY", "0.10", vat="19")), id="GOLD"), token_group="GOLD"
    )
    at = now() - timedelta(minutes=30)
    number = town.talk.say(
        TransactionReported(kind="started", ref="tx", time=at, trigger="EVDetected"), at=at
    ).transaction_id
    assert number is not None
    for more in ({"evse": 1, "connector": 1}, {"token_uid": "CARD1", "token_kind": "ISO14443"}):
        assert snapshots.fix_tariff(operator.pk, number) is None
        town.talk.update(at, ref="tx", **more)
    identified = StatedFact.objects.filter(name="charging.TransactionIdentified")
    assert identified.count() == 2
    facts = [msgspec.convert(row.body, TransactionIdentified) for row in identified]
    followers.fix_tariffs(facts)
    town.tariff(tariff(element(component("ENERGY", "9.99")), id="DEAR"), token_group="GOLD", priority=9)
    followers.fix_tariffs(facts)
    fixed = queries.fixed_tariff(operator.pk, number)
    assert fixed is not None
    assert fixed.version_id == members


def test_the_windows_of_a_tariff_are_those_of_the_locations_clock(operator: Operator) -> None:
    far = Town(operator, time_zone="Pacific/Kiritimati")
    there = far.begins + timedelta(hours=14)
    window = {"start_time": f"{there:%H}:00", "end_time": f"{there + timedelta(hours=2):%H}:00"}
    far.tariff(
        tariff(element(component("ENERGY", "1"), **window), element(component("ENERGY", "7"))), priority=1
    )
    assert far.price(far.charge(1000)).rated.before_minor == 100


def test_a_newer_record_credits_the_old_price_and_adds_a_new_one(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    first = town.price(number)
    second_id = town.amend(number, meter_stop_wh=9000)
    prices.price_cdr(town.operator_id, second_id)
    newest, credit, oldest = queries.priced_cdrs(town.operator_id, transaction_id=number).priced
    assert (oldest.id, oldest.credited_by, oldest.rated) == (first.id, credit.id, first.rated)
    assert (credit.kind, credit.credits_id, credit.cdr_id) == ("credit", first.id, first.cdr_id)
    assert credit.rated.after_minor == -first.rated.after_minor
    assert (newest.cdr_id, newest.rated.after_minor) == (second_id, 476)
    assert _owed(town) == 476
    assert _breaks() == []
    again = prices.price_cdr(town.operator_id, second_id)
    assert (again, PricedCdr.objects.count()) == (prices.Outcome("priced", newest.id), 3)


def test_a_record_that_was_overtaken_is_not_priced(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    old = town.issue(number)
    new = town.amend(number, meter_stop_wh=9000)
    assert prices.price_cdr(town.operator_id, old) == prices.Outcome("superseded")
    prices.price_cdr(town.operator_id, new)
    assert prices.price_cdr(town.operator_id, old) == prices.Outcome("superseded")
    assert _owed(town) == 476


def test_the_old_price_stands_while_a_newer_record_waits_for_a_person(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    first = town.price(number)
    prices.price_cdr(town.operator_id, town.amend(number, meter_stop_wh=500))
    assert queries.standing_price(town.operator_id, number) == first
    assert len(queries.price_reviews(town.operator_id).reviews) == 1
    prices.price_cdr(town.operator_id, town.amend(number, meter_stop_wh=3000))
    [review] = queries.price_reviews(town.operator_id, state="").reviews
    assert (review.state, review.resolution) == ("resolved", "superseded")
    assert _owed(town) == 119
    assert _breaks() == []


def test_a_stop_that_is_sent_twice_is_billed_once(town: Town) -> None:
    town.tariff()
    began = town.begins
    number = town.charge(7000)
    town.talk.stop(number, at=began + timedelta(minutes=60), meter=8000)
    priced = town.price(number)
    assert town.price(number) == priced
    assert (priced.rated.after_minor, _owed(town), Posting.objects.count()) == (417, 417, 1)


def test_more_than_the_plug_can_give_is_never_billed(town: Town) -> None:
    town.tariff()
    details = ConnectorDetails(max_power_w=11_000)
    stations.describe_connector(
        operator_id=town.operator_id, station_id=town.talk.station_id, evse=1, details=details
    )
    review = town.review(town.charge(910_000))
    assert (review.kind, review.evidence["flags"]) == ("meter", ["energy-impossible"])
    assert not Posting.objects.exists()


def test_without_any_tariff_an_operator_bills_nothing(town: Town) -> None:
    number = town.charge()
    assert town.decide(number) == prices.Outcome("waived")
    [waived] = queries.waived_cdrs(town.operator_id, number)
    assert (waived.reason, Posting.objects.count()) == ("no-tariffs", 0)
    assert town.decide(number) == prices.Outcome("waived")
    assert _breaks() == []


def test_where_no_tariff_reaches_a_person_decides(town: Town, operator: Operator) -> None:
    other = Talk(operator.pk, "CP-2")
    town.tariff(place=Place(station_id=other.station_id))
    review = town.review(town.charge())
    assert (review.kind, review.suggestion) == ("tariff", "choose-tariff")


def test_a_charge_of_nothing_owes_nothing_and_is_priced_all_the_same(town: Town) -> None:
    town.tariff(tariff(element(component("FLAT", "0", vat="19"))))
    number = town.charge()
    priced = town.price(number)
    assert (priced.rated.after_minor, priced.posting_id) == (0, None)
    prices.price_cdr(town.operator_id, town.amend(number, meter_stop_wh=9000))
    assert len(queries.priced_cdrs(town.operator_id).priced) == 3
    assert _breaks() == []


def test_a_tariff_that_leaves_the_tax_open_bills_nobody(town: Town) -> None:
    town.tariff(tariff(element(component("ENERGY", "0.5")), tax_included="YES"))
    review = town.review(town.charge())
    assert (review.kind, "does not tell the tax" in review.sentence) == ("price", True)


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_minor_units_are_those_of_the_currency(town: Town, currency: str) -> None:
    town.tariff({**SIMPLE, "currency": currency})
    assert town.price(town.charge(10_000)).rated.before_minor == {"JPY": 5, "EUR": 500, "KWD": 5000}[currency]


def test_a_minimum_price_is_a_line_and_its_tax_is_posted_too(town: Town) -> None:
    town.tariff({**SIMPLE, "min_price": {"excl_vat": "10", "incl_vat": "12"}})
    priced = town.price(town.charge(1000))
    assert [line.type for line in priced.rated.lines] == ["ENERGY", "MIN_PRICE"]
    assert sum(line.after_minor for line in priced.rated.lines) == priced.rated.after_minor == 1200
    assert _breaks() == []


@pytest.mark.parametrize(
    "table",
    ["billing_priced_cdr", "billing_tariff_snapshot", "billing_posting", "billing_entry", "billing_account"],
)
def test_the_database_refuses_to_change_what_was_billed(town: Town, table: str) -> None:
    town.tariff()
    priced = town.price(town.charge())
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET operator_id = operator_id"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                statement.replace("operator_id = operator_id", "id = id") if "entry" in table else statement
            )
    assert queries.priced_cdr(town.operator_id, priced.id) == priced


def test_another_operator_sees_and_moves_nothing(town: Town, other_operator: Operator) -> None:
    town.tariff()
    number = town.charge()
    priced = town.price(number)
    stranger = other_operator.pk
    assert prices.price_cdr(stranger, priced.cdr_id) is None
    assert queries.priced_cdr(stranger, priced.id) is None
    assert queries.standing_price(stranger, number) is None
    assert queries.fixed_tariff(stranger, number) is None
    assert queries.priced_cdrs(stranger).priced == ()
    assert statements.balances(stranger) == []
    assert statements.posting(stranger, priced.posting_id or 0) is None


def test_records_of_charges_nobody_knows_are_left_alone(town: Town) -> None:
    assert prices.price_cdr(town.operator_id, 10**6) is None
    followers.fix_tariffs([_started(town, 10**6)])
    assert not TariffSnapshot.objects.exists()


def test_a_later_version_prices_later_charges_only(town: Town) -> None:
    town.tariff()
    [known] = catalogue.tariffs(town.operator_id)
    dearer = tariff(element(component("ENERGY", "1.00", vat="19")), id="T")
    early = town.charge(1000)
    town.price(early)
    tariffs.add_version(
        operator_id=town.operator_id,
        tariff_id=known.id,
        ocpi_json=msgspec.json.encode(dearer),
        actor=FAY,
        valid_from=LONG_AGO + timedelta(days=1),
    )
    town.amend(early, meter_stop_wh=3000)
    assert town.price(early).rated.before_minor == 100
    assert town.price(town.charge(2000)).rated.before_minor == 200


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=15,
    deadline=None,
)
@given(data=st.data())
def test_lines_total_and_books_agree_whatever_is_charged_and_amended(
    operator: Operator, data: st.DataObject
) -> None:
    with transaction.atomic():
        town = Town(operator)
        vats = data.draw(st.lists(st.sampled_from(["0", "7", "19", "7.7"]), min_size=3, max_size=3))
        rates = st.decimals("0", "9.9999", places=4)
        kinds = ("ENERGY", "TIME", "FLAT")
        parts = [
            component(kind, str(data.draw(rates)), vat=vat) for kind, vat in zip(kinds, vats, strict=True)
        ]
        town.tariff(tariff(element(*parts), currency=data.draw(st.sampled_from(["EUR", "JPY", "KWD"]))))
        number = town.charge(data.draw(st.integers(0, 40_000)), minutes=data.draw(st.integers(6, 200)))
        town.price(number)
        for stop in data.draw(st.lists(st.integers(1500, 40_000), max_size=3, unique=True)):
            prices.price_cdr(town.operator_id, town.amend(number, meter_stop_wh=stop))
        standing = queries.standing_price(town.operator_id, number)
        assert standing is not None
        rated = standing.rated
        assert sum(line.before_minor for line in rated.lines) == rated.before_minor
        assert sum(line.tax_minor for line in rated.lines) == rated.tax_minor
        assert sum(share.minor for share in rated.taxes) == rated.tax_minor
        assert sum(line.after_minor for line in rated.lines) == rated.after_minor == _owed(town)
        assert _breaks() == []
        transaction.set_rollback(True)
