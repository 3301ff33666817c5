"""Facts that reach people: invitations by mail, and the followers' table at work."""

import re

import pytest
from django.core import mail
from django.test import Client
from tests.domain.notices.making import Crew
from tests.patience import PATIENCE_S

from chargehand.domain.accounts import actions as accounts
from chargehand.domain.accounts.facts import PersonInvited
from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.notices import followers, sender
from chargehand.domain.notices.models import Delivery
from chargehand.journal import runner
from chargehand.journal.models import FollowerFailure
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS

ADA = Actor("user", 1, "Ada")


@pytest.mark.django_db(transaction=True)
def test_an_invited_person_gets_a_mail_and_sets_a_password_by_its_link(operator: Operator) -> None:
    accounts.invite_user(
        operator_id=operator.pk, email="mia@example.org", role=Role.TECHNICIAN, actor=ADA, name="Mia"
    )
    runner.drain(FOLLOWERS)
    sender.tell_people(limit_s=PATIENCE_S)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["mia@example.org"], "You can sign in at Volt & Söhne")
    assert "Ada gave you the role technician at Volt & Söhne." in sent.body
    assert not FollowerFailure.objects.exists()
    path = re.search(r"http://localhost:8000(\S+)", str(sent.body))
    assert path is not None
    client = Client()
    page = client.get(path[1], follow=True)
    assert page.status_code == 200
    answer = client.post(
        page.request["PATH_INFO"],
        {"password1": "a long new password", "password2": "a long new password"},
    )
    assert answer.status_code == 302
    assert User.objects.get(email="mia@example.org").check_password("a long new password")


@pytest.mark.django_db
def test_somebody_who_can_sign_in_already_gets_no_password_link(operator: Operator, user: User) -> None:
    accounts.invite_user(operator_id=operator.pk, email=user.email, role=Role.FINANCE, actor=ADA)
    fact = PersonInvited(
        happened_at=clock.now(),
        operator_id=operator.pk,
        user_id=user.pk,
        role="finance",
        by="Ada",
        needs_password=False,
    )
    followers.invite_people([fact])
    followers.invite_people([fact])
    sender.tell_people(limit_s=PATIENCE_S)
    [sent] = mail.outbox
    assert "Sign in here: http://localhost:8000/accounts/login/" in sent.body
    assert "password" not in sent.body


@pytest.mark.django_db(transaction=True)
def test_who_sets_the_system_up_gets_no_mail(operator: Operator) -> None:
    accounts.invite_user(operator_id=operator.pk, email="ada@example.org", role=Role.ADMIN, actor=SYSTEM)
    runner.drain(FOLLOWERS)
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_fact_about_an_incident_nobody_told_of_changes_nothing(crew: Crew) -> None:
    crew.worsened(999, 0)
    crew.acknowledged(999)
    crew.resolved(999)
    assert not Delivery.objects.exists()
