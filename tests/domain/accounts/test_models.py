"""Tables of operators and people."""

import pytest
from django.db import IntegrityError

from chargehand.domain.accounts.models import User


def test_an_email_address_is_kept_in_lower_case(db: None) -> None:
    person = User.objects.create_user("  Grace@Example.ORG ", "correct horse battery")
    assert person.email == "grace@example.org"
    assert person.check_password("correct horse battery")
    assert person.password.startswith("argon2")


def test_the_database_refuses_an_email_address_with_capitals(user: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=user.pk).update(email="Ada@example.org")
