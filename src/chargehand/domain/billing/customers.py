"""Customers: who is billed by name, how often, and for which tokens."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.entities import check_party, default_entity, entity, party_fields, party_of
from chargehand.domain.billing.line_words import LANGUAGES
from chargehand.domain.billing.models import Customer, CustomerToken
from chargehand.domain.tokens import queries as tokens
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MOST_PER_PAGE: Final = 500

Mode = Literal["immediate", "monthly"]


class CustomerDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A billing profile: who pays, in which language, and when; `group_uid` bills a whole token group.

    `entity_id` None: the operator's default entity.
    """

    party: Party
    is_business: bool = False
    language: str = "en"
    mode: Mode = "immediate"
    group_uid: str = ""
    entity_id: int | None = None


class CustomerView(msgspec.Struct, frozen=True, kw_only=True):
    """A customer and the tokens that are his by themselves, not by a group."""

    id: int
    details: CustomerDetails
    token_ids: tuple[int, ...]
    created_at: datetime
    changed_at: datetime


class Payer(msgspec.Struct, frozen=True):
    """Who pays: a customer, or nobody known by name; then `language` is that of the token, "" if not known."""

    customer: CustomerView | None = None
    language: str = ""


class CustomerPage(msgspec.Struct, frozen=True):
    """Customers, newest first; `before_id` asks for the page after this one."""

    customers: tuple[CustomerView, ...]
    before_id: int | None


def customers(
    operator_id: int, *, text: str = "", before_id: int | None = None, limit: int = 50
) -> CustomerPage:
    """Return a page of customers, those whose name holds `text`."""
    rows = Customer.objects.filter(operator_id=operator_id)
    if text.strip():
        rows = rows.filter(name__icontains=text.strip())
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("-pk")[: limit + 1])
    views = _views(found[:limit])
    return CustomerPage(tuple(views), views[-1].id if len(found) > limit else None)


def customer(operator_id: int, customer_id: int) -> CustomerView | None:
    """Return a customer."""
    rows = Customer.objects.filter(operator_id=operator_id, pk=customer_id)
    return next(iter(_views(list(rows))), None)


def customer_of_token(operator_id: int, token_id: int) -> CustomerView | None:
    """Return who is billed for what a token charges: by the token itself, else by its group."""
    return _payer_of_token(operator_id, token_id).customer


def payer_of_account(operator_id: int, account: str) -> Payer:
    """Return who is billed for what a receivable account (`token:7`) owes."""
    kind, _colon, number = account.partition(":")
    return _payer_of_token(operator_id, int(number)) if kind == "token" and number.isdecimal() else Payer()


def customer_of_account(operator_id: int, account: str) -> CustomerView | None:
    """Return the customer billed for what an account owes; None: nobody known by name."""
    return payer_of_account(operator_id, account).customer


def payers_of_accounts(operator_id: int, accounts: Collection[str]) -> dict[str, Payer]:
    """Return who is billed for what each of some receivable accounts owes."""
    by_token = {
        int(number): account
        for account in accounts
        for kind, _colon, number in [account.partition(":")]
        if kind == "token" and number.isdecimal()
    }
    own = dict(CustomerToken.objects.filter(pk__in=by_token).values_list("pk", "customer_id"))
    known = tokens.tokens_named(operator_id, sorted(set(by_token) - set(own)))
    groups = {token.group_uid for token in known.values() if token.group_uid}
    rows = Customer.objects.filter(operator_id=operator_id).filter(
        Q(pk__in=set(own.values())) | Q(group_uid__in=groups)
    )
    views = {view.id: view for view in _views(list(rows))} if own or groups else {}
    by_group = {view.details.group_uid: view for view in views.values() if view.details.group_uid}
    found = dict.fromkeys(accounts, Payer())
    for token_id, account in by_token.items():
        token = known.get(token_id)
        group = "" if token is None else token.group_uid
        buyer = views.get(own.get(token_id, 0)) or by_group.get(group)
        found[account] = Payer(buyer, token.language if token is not None and buyer is None else "")
    return found


def _payer_of_token(operator_id: int, token_id: int) -> Payer:
    token = None
    own = Customer.objects.filter(
        operator_id=operator_id, pk__in=CustomerToken.objects.filter(pk=token_id).values("customer_id")
    ).first()
    if own is None:
        token = tokens.token(operator_id, token_id)
        if token is not None and token.group_uid:
            own = Customer.objects.filter(operator_id=operator_id, group_uid=token.group_uid).first()
    if own is None:
        return Payer(None, token.language if token is not None else "")
    return Payer(_views([own])[0])


@transaction.atomic
def add_customer(
    *, operator_id: int, details: CustomerDetails, actor: Actor, token_ids: Collection[int] = ()
) -> int:
    """Add a customer, whose tokens charge on account from now on, and return the id.

    Raises Refused `bad-customer`, `unknown-entity`, `group-taken`, `unknown-token`, `token-taken`.
    """
    row = Customer(operator_id=operator_id, created_at=clock.now())
    _write(row, details)
    _give(row, token_ids)
    audit.write_audit(actor, operator_id, "billing.customer_added", f"customer:{row.pk}")
    return row.pk


@transaction.atomic
def change_customer(
    *,
    operator_id: int,
    customer_id: int,
    details: CustomerDetails,
    actor: Actor,
    token_ids: Collection[int],
) -> None:
    """Change a customer and which tokens are his; issued documents stay as they are.

    Raises Refused as `add_customer` does, and `unknown-customer`.
    """
    row = Customer.objects.select_for_update().filter(operator_id=operator_id, pk=customer_id).first()
    if row is None:
        raise Refused("unknown-customer", _("There is no such customer."))
    _write(row, details)
    CustomerToken.objects.filter(customer=row).exclude(pk__in=list(token_ids)).delete()
    _give(row, token_ids)
    audit.write_audit(actor, operator_id, "billing.customer_changed", f"customer:{row.pk}")


def _write(row: Customer, details: CustomerDetails) -> None:
    check_party(details.party, "bad-customer")
    if details.language not in LANGUAGES or details.mode not in {"immediate", "monthly"}:
        raise Refused("bad-customer", _("Choose a language and a way of billing of the lists."))
    if details.entity_id is None:
        row.entity_id = default_entity(row.operator_id).id
    elif entity(row.operator_id, details.entity_id) is None:
        raise Refused("unknown-entity", _("There is no such legal entity."))
    else:
        row.entity_id = details.entity_id
    for name, value in party_fields(details.party).items():
        setattr(row, name, value)
    row.is_business, row.language, row.mode = details.is_business, details.language, details.mode
    row.group_uid = details.group_uid.strip()[:255]
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("group-taken", _("Another customer is billed for this token group.")) from None


def _give(row: Customer, token_ids: Collection[int]) -> None:
    for token_id in sorted(set(token_ids)):
        if tokens.token(row.operator_id, token_id) is None:
            raise Refused("unknown-token", _("There is no such token."))
        held, _is_new = CustomerToken.objects.get_or_create(pk=token_id, defaults={"customer": row})
        if held.customer_id != row.pk:
            raise Refused("token-taken", _("Another customer is billed for this token."))


def _views(rows: list[Customer]) -> list[CustomerView]:
    held: dict[int, list[int]] = {row.pk: [] for row in rows}
    for pair in CustomerToken.objects.filter(customer_id__in=list(held)).order_by("pk"):
        held[pair.customer_id].append(pair.pk)
    return [_view(row, tuple(held[row.pk])) for row in rows]


def _view(row: Customer, token_ids: tuple[int, ...]) -> CustomerView:
    return CustomerView(
        id=row.pk,
        details=CustomerDetails(
            party=party_of(row),
            is_business=row.is_business,
            language=row.language,
            mode="monthly" if row.mode == Customer.Mode.MONTHLY else "immediate",
            group_uid=row.group_uid,
            entity_id=row.entity_id,
        ),
        token_ids=token_ids,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
