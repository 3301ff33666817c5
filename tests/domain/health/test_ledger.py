"""What explains what, and for how long."""

from chargehand.domain.health.ledger import Ledger

DAY = 86_400.0


def test_a_cabinet_looks_warm_for_two_weeks_after_its_fan_was_seen_to_fail() -> None:
    ledger = Ledger()
    ledger.latch("A", "fan-failure", 0.0)
    assert ledger.is_explained(("A",), "filter-clogging", 10 * DAY)
    assert not ledger.is_explained(("A",), "filter-clogging", 15 * DAY)
    assert ledger.is_explained(("A",), "contact-resistance-rise", DAY)
    assert not ledger.is_explained(("A",), "contact-resistance-rise", 3 * DAY)
