"""The choice of light or dark is kept in a cookie and leads back, never elsewhere."""

import pytest
from django.test import Client

pytestmark = pytest.mark.usefixtures("look")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_choice_is_remembered_and_drawn(theme: str) -> None:
    client = Client()
    response = client.post("/ui/theme/", {"theme": theme, "next": "/styleguide/sheet/"})
    assert response.status_code == 302
    assert response["Location"] == "/styleguide/sheet/"
    assert f'data-theme="{theme}"' in client.get("/styleguide/sheet/").content.decode()


def test_following_the_system_forgets_the_choice() -> None:
    client = Client()
    client.post("/ui/theme/", {"theme": "dark"})
    client.post("/ui/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/styleguide/sheet/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away(target: str) -> None:
    response = Client().post("/ui/theme/", {"theme": "dark", "next": target})
    assert response["Location"] == "/"


def test_a_forged_cookie_draws_nothing() -> None:
    client = Client()
    client.cookies["theme"] = '"><script>'
    html = client.get("/styleguide/sheet/").content.decode()
    assert "data-theme" not in html


def test_a_foreign_site_cannot_choose() -> None:
    assert Client(enforce_csrf_checks=True).post("/ui/theme/", {"theme": "dark"}).status_code == 403
