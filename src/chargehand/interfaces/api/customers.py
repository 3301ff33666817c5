"""Customers, and the legal entities that bill them."""

from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import customers, entities
from chargehand.domain.billing.customers import CustomerDetails, CustomerView
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.entities import EntityDetails, EntityView
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.party_shapes import (
    Customer,
    CustomerAsked,
    CustomerChange,
    CustomerFilter,
    LegalEntity,
    LegalEntityAsked,
    LegalEntityChange,
)
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Customers"])
entities_router = Router(tags=["Customers"])


@router.get("", response=Page[Customer])
@needs(Permission.MONEY_VIEW)
def list_customers(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[CustomerFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Customers, newest first."""
    who = request.auth
    reach.whole(who)
    page = customers.customers(
        who.operator_id,
        text=wanted.text,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    return paging.page(request, response, [_customer(each) for each in page.customers], page.before_id)


@router.post("", response={201: Customer})
@needs(Permission.MONEY_EDIT)
def create_customer(request: ApiRequest, response: HttpResponse, body: CustomerAsked) -> Status[Any]:
    """Make a customer, whose tokens charge on account from now on."""
    who = request.auth
    reach.whole(who)
    asked = body.model_dump(exclude={"token_ids", "party"})
    made = customers.add_customer(
        operator_id=who.operator_id,
        details=CustomerDetails(party=_party(Party(name=""), body.party.model_dump()), **asked),
        actor=who.actor,
        token_ids=body.token_ids,
    )
    response["Location"] = f"{request.path.rstrip('/')}/{made}"
    return Status(201, _customer(_find(who, made)))


@router.get("/{customer_id}", response=Customer)
@needs(Permission.MONEY_VIEW)
def read_customer(request: ApiRequest, customer_id: Id) -> dict[str, Any]:
    """A customer."""
    return _customer(_find(request.auth, customer_id))


@router.patch("/{customer_id}", response=Customer)
@needs(Permission.MONEY_EDIT)
def change_customer(request: ApiRequest, customer_id: Id, body: CustomerChange) -> dict[str, Any]:
    """Change what is named; what is left out stays. Issued documents never change."""
    who = request.auth
    found, asked = _find(who, customer_id), body.model_dump(exclude_unset=True)
    token_ids = asked.pop("token_ids", found.token_ids)
    party = _party(found.details.party, asked.pop("party", {}))
    customers.change_customer(
        operator_id=who.operator_id,
        customer_id=customer_id,
        details=msgspec.structs.replace(found.details, party=party, **asked),
        actor=who.actor,
        token_ids=token_ids,
    )
    return _customer(_find(who, customer_id))


@entities_router.get("", response=Page[LegalEntity])
@needs(Permission.MONEY_VIEW)
def list_legal_entities(
    request: ApiRequest, response: HttpResponse, cursor: Cursor = None, limit: Limit = paging.DEFAULT_PER_PAGE
) -> dict[str, Any]:
    """Who sells; the default one bills what no other does."""
    who = request.auth
    reach.whole(who)
    entities.default_entity(who.operator_id)
    found = entities.entities(who.operator_id)
    after = paging.read_cursor(cursor, paging.Number)
    cut, following = paging.slice_after(found, lambda each: each.id, after, limit)
    return paging.page(request, response, [_entity(each) for each in cut], following)


@entities_router.post("", response={201: LegalEntity})
@needs(Permission.MONEY_EDIT)
def create_legal_entity(request: ApiRequest, response: HttpResponse, body: LegalEntityAsked) -> Status[Any]:
    """Add a seller beside the default one."""
    who = request.auth
    reach.whole(who)
    party = _party(Party(name=""), body.party.model_dump())
    made = entities.add_entity(
        operator_id=who.operator_id,
        details=EntityDetails(party=party, **body.model_dump(exclude={"party"})),
        actor=who.actor,
    )
    response["Location"] = f"{request.path.rstrip('/')}/{made}"
    return Status(201, _entity(_find_entity(who, made)))


@entities_router.get("/{entity_id}", response=LegalEntity)
@needs(Permission.MONEY_VIEW)
def read_legal_entity(request: ApiRequest, entity_id: Id) -> dict[str, Any]:
    """A seller."""
    return _entity(_find_entity(request.auth, entity_id))


@entities_router.patch("/{entity_id}", response=LegalEntity)
@needs(Permission.MONEY_EDIT)
def change_legal_entity(request: ApiRequest, entity_id: Id, body: LegalEntityChange) -> dict[str, Any]:
    """Change what documents say of the seller from now on; what is left out stays."""
    who = request.auth
    found, asked = _find_entity(who, entity_id), body.model_dump(exclude_unset=True)
    party = _party(found.details.party, asked.pop("party", {}))
    entities.change_entity(
        operator_id=who.operator_id,
        entity_id=entity_id,
        details=msgspec.structs.replace(found.details, party=party, **asked),
        actor=who.actor,
    )
    return _entity(_find_entity(who, entity_id))


def _find(principal: Principal, customer_id: int) -> CustomerView:
    reach.whole(principal)
    found = customers.customer(principal.operator_id, customer_id)
    if found is None:
        raise problems.missing()
    return found


def _find_entity(principal: Principal, entity_id: int) -> EntityView:
    reach.whole(principal)
    found = entities.entity(principal.operator_id, entity_id)
    if found is None:
        raise problems.missing()
    return found


def _party(known: Party, said: dict[str, Any]) -> Party:
    if "address" in said:
        said = {**said, "address": tuple(said["address"])}
    return msgspec.structs.replace(known, **said)


def _customer(view: CustomerView) -> dict[str, Any]:
    return {**msgspec.structs.asdict(view.details), **msgspec.structs.asdict(view)}


def _entity(view: EntityView) -> dict[str, Any]:
    return {**msgspec.structs.asdict(view.details), **msgspec.structs.asdict(view)}
