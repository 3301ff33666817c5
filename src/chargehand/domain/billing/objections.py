"""What drivers object to: said on the receipt in their own words, answered by a person."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing.facts import ChargeObjected, ObjectionSettled
from chargehand.domain.billing.models import Objection, ReceiptKey
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MOST_WORDS: Final = 2000
#: Whoever holds a key may object so often to a charge, and have its receipt sent so often.
MOST_OPEN: Final = 3
MOST_MAILS: Final = 5
MOST_PER_PAGE: Final = 500


class ObjectionView(msgspec.Struct, frozen=True, kw_only=True):
    """An objection; `state` open or settled, `contact` "" where the driver gave no address."""

    id: int
    transaction_id: int
    words: str
    contact: str
    language: str
    state: str
    opened_at: datetime
    settled_at: datetime | None
    settled_by: str
    answer: str


class ObjectionPage(msgspec.Struct, frozen=True):
    """Objections, newest first; `before_id` asks for the page after this one."""

    objections: tuple[ObjectionView, ...]
    before_id: int | None


def objections(
    operator_id: int,
    *,
    state: str = "open",
    transaction_ids: Collection[int] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> ObjectionPage:
    """Return a page of objections in a state ("": in any), of some charges or of all."""
    rows = Objection.objects.filter(operator_id=operator_id)
    wanted = {
        "state": state or None,
        "transaction_id__in": None if transaction_ids is None else list(transaction_ids),
        "pk__lt": before_id,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("-pk")[: limit + 1])
    views = tuple(_view(row) for row in found[:limit])
    return ObjectionPage(views, views[-1].id if len(found) > limit else None)


def objection(operator_id: int, objection_id: int) -> ObjectionView | None:
    """Return an objection."""
    row = Objection.objects.filter(operator_id=operator_id, pk=objection_id).first()
    return None if row is None else _view(row)


@transaction.atomic
def object_to_charge(
    *, operator_id: int, transaction_id: int, words: str, contact: str = "", language: str = "en"
) -> int:
    """Write down what a driver says is not right, and return the objection; the same words again give the same.

    Raises Refused `no-words`, `bad-address`, `too-many` (three are open already), `unknown-charge`.
    """
    said, address = words.strip()[:MOST_WORDS], contact.strip()
    if not said:
        raise Refused("no-words", _("Say in a few words what is not right."))
    try:
        validate_email(address or "none@example.org")
    except ValidationError:
        raise Refused("bad-address", _("Enter an e-mail address, such as ada@example.org.")) from None
    # The key's row is the lock of what is said under it.
    key = ReceiptKey.objects.select_for_update().filter(operator_id=operator_id, pk=transaction_id).first()
    if key is None:
        raise Refused("unknown-charge", _("There is no such charge."))
    waiting = Objection.objects.filter(transaction_id=transaction_id, state=Objection.State.OPEN)
    known = waiting.filter(words=said).first()
    if known is not None:
        return known.pk
    if waiting.count() >= MOST_OPEN:
        raise Refused("too-many", _("We have your words and look into them."))
    row = Objection.objects.create(
        operator_id=operator_id,
        transaction_id=transaction_id,
        words=said,
        contact=address,
        language=language,
        opened_at=clock.now(),
    )
    journal.state(
        [
            ChargeObjected(
                happened_at=row.opened_at,
                operator_id=operator_id,
                transaction_id=transaction_id,
                objection_id=row.pk,
            )
        ]
    )
    return row.pk


@transaction.atomic
def settle_objection(*, operator_id: int, objection_id: int, answer: str, actor: Actor) -> None:
    """Answer a driver; the answer stands on the receipt.

    Raises Refused `unknown-objection`, `settled-already`, `no-answer`.
    """
    if not answer.strip():
        raise Refused("no-answer", _("Write what the driver is to read."))
    row = Objection.objects.select_for_update().filter(operator_id=operator_id, pk=objection_id).first()
    if row is None:
        raise Refused("unknown-objection", _("There is no such objection."))
    if row.state != Objection.State.OPEN:
        raise Refused("settled-already", _("This objection was answered already."))
    row.state, row.answer = Objection.State.SETTLED, answer.strip()[:MOST_WORDS]
    row.settled_at, row.settled_by = clock.now(), actor.name[:255]
    row.save(update_fields=["state", "answer", "settled_at", "settled_by"])
    journal.state(
        [
            ObjectionSettled(
                happened_at=row.settled_at,
                operator_id=operator_id,
                transaction_id=row.transaction_id,
                objection_id=row.pk,
            )
        ]
    )
    audit.write_audit(actor, operator_id, "billing.objection_settled", f"objection:{row.pk}")


def count_mail(operator_id: int, transaction_id: int) -> None:
    """Count that a receipt is sent once more. Raises Refused `too-many`: a key is no way to send mail at will."""
    rows = ReceiptKey.objects.filter(operator_id=operator_id, pk=transaction_id, mails__lt=MOST_MAILS)
    if not rows.update(mails=F("mails") + 1):
        raise Refused("too-many", _("This receipt was sent often enough. Open it by its link."))


def _view(row: Objection) -> ObjectionView:
    names = [each for each in ObjectionView.__struct_fields__ if each != "id"]
    return ObjectionView(id=row.pk, **{name: getattr(row, name) for name in names})
