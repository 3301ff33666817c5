"""The style stands inside the page, and the policy allows this one and no other."""

from __future__ import annotations

import base64
import hashlib

import pytest
from tests.interfaces.driver.conftest import Driver
from tools.build_frontend import bundle, install_packages

from chargehand.interfaces.driver.style import page_style


@pytest.mark.django_db
def test_the_policy_allows_exactly_the_style_of_the_page(driver: Driver) -> None:
    install_packages(force=False)
    bundle(force=False)
    answer = driver.client.get(f"/r/{driver.charge()}")
    inside = answer.content.partition(b"<style>")[2].partition(b"</style>")[0]
    assert b"--accent" in inside
    assert b".bill__total" in inside
    digest = base64.b64encode(hashlib.sha256(inside).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


def test_the_style_needs_no_other_file_and_cannot_end_early() -> None:
    text = page_style().text
    assert "url(" not in text.replace("url(data:", "")
    assert "</" not in text
    assert "@import" not in text


@pytest.mark.django_db
def test_pages_are_sent_packed(driver: Driver) -> None:
    answer = driver.client.get(f"/r/{driver.charge()}", headers={"accept-encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < 14_000
