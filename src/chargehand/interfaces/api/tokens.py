"""Tokens: listed, issued, changed, blocked. The room writes the audit of these deeds itself."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import token_sites
from chargehand.domain.tokens import actions, queries
from chargehand.domain.tokens.actions import TokenDetails
from chargehand.domain.tokens.queries import TokenView
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.token_shapes import Token, TokenAsked, TokenChange, TokenFilter
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Tokens"])


@router.get("", response=Page[Token])
@needs(Permission.TOKENS_VIEW)
def list_tokens(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[TokenFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Tokens, newest first. Callers bound to locations see those that charged there, and change none."""
    page = queries.list_tokens(
        request.auth.operator_id,
        **wanted.model_dump(),
        token_ids=token_sites.tokens_used_at(request.auth.operator_id, request.auth.location_ids),
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    return paging.page(request, response, page.tokens, page.next_before_id)


@router.post("", response={201: Token})
@needs(Permission.TOKENS_EDIT)
def issue_token(request: ApiRequest, response: HttpResponse, body: TokenAsked) -> Status[Any]:
    """Make a token that may charge from now on."""
    who = request.auth
    reach.whole(who)
    made = actions.issue_token(
        operator_id=who.operator_id,
        uid=body.uid,
        kind=body.kind,
        details=TokenDetails(**body.model_dump(exclude={"uid", "kind"})),
        actor=who.actor,
    )
    response["Location"] = f"{request.path.rstrip('/')}/{made}"
    return Status(201, _token(who, made))


@router.get("/{token_id}", response=Token)
@needs(Permission.TOKENS_VIEW)
def read_token(request: ApiRequest, token_id: Id) -> Any:
    """A token."""
    return _token(request.auth, token_id)


@router.patch("/{token_id}", response=Token)
@needs(Permission.TOKENS_EDIT)
def change_token(request: ApiRequest, token_id: Id, body: TokenChange) -> Any:
    """Change what is named; what is left out stays."""
    who = request.auth
    reach.whole(who)
    view = _token(who, token_id)
    stands = {name: getattr(view, name) for name in TokenDetails.__struct_fields__}
    details = TokenDetails(**{**stands, **body.model_dump(exclude_unset=True)})
    actions.edit_token(operator_id=who.operator_id, token_id=token_id, details=details, actor=who.actor)
    return _token(who, token_id)


@router.post("/{token_id}/block", response=Token)
@needs(Permission.TOKENS_EDIT)
def block_token(request: ApiRequest, token_id: Id) -> Any:
    """Refuse a token from now on."""
    who = request.auth
    reach.whole(who)
    actions.block_token(operator_id=who.operator_id, token_id=token_id, actor=who.actor)
    return _token(who, token_id)


@router.post("/{token_id}/unblock", response=Token)
@needs(Permission.TOKENS_EDIT)
def unblock_token(request: ApiRequest, token_id: Id) -> Any:
    """Let a token charge again."""
    who = request.auth
    reach.whole(who)
    actions.unblock_token(operator_id=who.operator_id, token_id=token_id, actor=who.actor)
    return _token(who, token_id)


def _token(principal: Principal, token_id: int) -> TokenView:
    found = queries.token(principal.operator_id, token_id)
    seen = token_sites.tokens_used_at(principal.operator_id, principal.location_ids)
    if found is None or (seen is not None and token_id not in seen):
        raise problems.missing()
    return found
