"""Doing what a form asks: once however often it is sent, with a line in the audit, or a sentence why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console.models import Submission
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

T = TypeVar("T")

#: A form stays sent for so long; nobody sends one again after that.
REMEMBERED_FOR: Final = timedelta(days=2)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the audit is to say: `station.command` about `station:4`. None where the room says it itself."""

    action: str
    subject: str
    detail: Mapping[str, Any] = {}


class SentBefore(Exception):  # noqa: N818 -- not an error: it is done already
    """This form was sent before, and done."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


def once_of(request: HttpRequest) -> UUID | None:
    """The number that came with the form, by which a second sending is known."""
    try:
        return UUID(request.POST.get("once", ""))
    except ValueError:
        return None


@transaction.atomic
def perform(
    request: HttpRequest,
    principal: Principal,
    deed: Callable[[], T],
    *,
    entry: Entry | None = None,
    target: str = "",
) -> T:
    """Do a deed and write the audit, in one transaction.

    Raises SentBefore for a form that was sent and done before, and Refused as the deed does.
    """
    once = once_of(request)
    if once is not None:
        _remember(once, request.user.pk or 0, target)
    result = deed()
    if entry is not None:
        audit.write_audit(
            principal.actor, principal.operator_id, entry.action, entry.subject, dict(entry.detail)
        )
    return result


def act(
    request: HttpRequest,
    principal: Principal,
    deed: Callable[[], object],
    *,
    target: str,
    done: str = "",
    entry: Entry | None = None,
) -> HttpResponse:
    """Do a deed, then go to `target` with `done` or the sentence why not as a message."""
    try:
        perform(request, principal, deed, entry=entry, target=target)
    except SentBefore as before:
        return HttpResponseRedirect(before.target or target)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(target)
    if done:
        messages.success(request, done)
    return HttpResponseRedirect(target)


def way_back(request: HttpRequest, default: str) -> str:
    """The page the form stood on (`next`), where it is one of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if wanted and is_ours else default


def sent_before_sentence() -> str:
    """What a person reads who sent a form twice whose answer can be shown only once."""
    return _("This form was sent and done already. What it showed is not kept.")


def _remember(once: UUID, user_id: int, target: str) -> None:
    now = clock.now()
    Submission.objects.filter(at__lt=now - REMEMBERED_FOR).delete()
    # A second sending waits here until the first one's transaction ended.
    made, is_new = Submission.objects.get_or_create(
        once=once, defaults={"user_id": user_id, "target": target[:500], "at": now}
    )
    if not is_new:
        raise SentBefore(made.target)
