"""Counts and times of web requests."""

from django.test import Client
from prometheus_client import REGISTRY


def _count(route: str, status: str) -> float:
    labels = {"method": "GET", "route": route, "status": status}
    return REGISTRY.get_sample_value("chargehand_http_request_seconds_count", labels) or 0.0


def test_a_request_is_counted_by_its_route(db: None) -> None:
    before = _count("accounts/login/", "200")
    Client().get("/accounts/login/?next=/secret/17")
    assert _count("accounts/login/", "200") == before + 1


def test_addresses_nobody_answers_are_counted_together(db: None) -> None:
    before = _count("none", "404")
    for address in ("/nothing/1", "/nothing/2"):
        Client().get(address)
    assert _count("none", "404") == before + 2
