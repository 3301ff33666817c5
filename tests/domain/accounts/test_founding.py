"""The first person who can sign in."""

import pytest
from django.test import Client

from chargehand.domain.accounts import founding, queries
from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.kernel.errors import Refused


def _found(email: str = "ada@volt.example", operator: str = "Volt & Söhne") -> str:
    return founding.found(
        operator_name=operator,
        country="DE",
        time_zone="Europe/Berlin",
        currency="EUR",
        email=email,
        password="correct horse battery",
    )


def test_the_founder_signs_in_and_is_admin_of_the_operator(db: None) -> None:
    slug = _found()
    assert slug == "volt-sohne"
    founder = User.objects.get(email="ada@volt.example")
    principal = queries.principal_of(founder.pk, slug)
    assert principal is not None
    assert principal.role is Role.ADMIN
    form = {"login": "Ada@volt.example", "password": "correct horse battery"}
    answer = Client().post("/accounts/login/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_wrong_password_does_not_sign_in(db: None) -> None:
    _found()
    answer = Client().post("/accounts/login/", {"login": "ada@volt.example", "password": "wrong"})
    assert answer.status_code == 200


def test_a_second_founder_joins_the_same_operator(db: None) -> None:
    assert _found() == _found(email="bob@volt.example")
    operator = Operator.objects.get()
    assert {person.email for person in queries.people(operator.pk)} == {
        "ada@volt.example",
        "bob@volt.example",
    }


def test_nobody_is_founded_twice_and_nothing_is_left_behind(db: None) -> None:
    _found()
    with pytest.raises(Refused) as refusal:
        _found(operator="Another")
    assert refusal.value.code == "email-taken"
    assert Operator.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "slug"), [("Ümläut  GmbH!", "umlaut-gmbh"), ("北京", "operator"), ("x" * 80, "x" * 60)]
)
def test_a_short_name_fits_addresses(name: str, slug: str) -> None:
    assert founding.slug_of(name) == slug
