"""The engine against `slow_count`, over tariffs and sessions of every kind that OCPI can say."""

from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from tests.domain.tariffs import slow_count
from tests.domain.tariffs.drawing import ENCODER, TAXED_LATER, Case, cases
from tests.domain.tariffs.making import totals

from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.pricing import price


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_every_price_is_that_of_the_slow_count(case: Case) -> None:
    of, used, zone, expired = case
    session = read_session(ENCODER.encode(used), reservation_expired=expired)
    found = price(read_tariff(ENCODER.encode(of)), session, ZoneInfo(zone))
    expected = slow_count.count_costs(
        of, used, ZoneInfo(zone), expired=expired, after_unknown=zone in TAXED_LATER
    )
    assert totals(found) == expected
    assert sum(line.volume for line in found.lines if line.type == "FLAT") <= 2
