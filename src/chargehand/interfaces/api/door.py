"""The door: who comes in by key or by session, and what the one table of permissions lets them do."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.operation import Operation
from ninja.security import APIKeyHeader, HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import contribute_operation_callback

from chargehand.domain.accounts import api_keys
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.api import problems, rates

P = ParamSpec("P")
T = TypeVar("T")

#: The session's key for the operator a person chose to act for.
OPERATOR: Final = "operator"


class ApiRequest(HttpRequest):
    """A request that passed the door."""

    auth: Principal


class ApiKeyBearer(HttpBearer):
    """Authorization: Bearer chk_... ."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:  # noqa: ARG002
        """Return whose key it is. Raises Problem `unauthorized`, `too-many-requests`."""
        return _enter_by_key(token)


class ApiKeyInHeader(APIKeyHeader):
    """X-API-Key: chk_... ."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:  # noqa: ARG002
        """Return whose key it is; None where none was sent. Raises as `ApiKeyBearer`."""
        return _enter_by_key(key) if key else None


class SignedIn(APIKeyCookie):
    """The session of somebody who signed in, as the console and the documentation page have it."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:
        """Return what the person is to the operator they chose. Requests that change need a CSRF token."""
        user_id = request.user.pk
        if key is None or user_id is None:
            return None
        chosen = request.session.get(OPERATOR)
        found = accounts.principal_of(user_id, chosen) if chosen else None
        found = found or accounts.principal_of(user_id)
        return _limited(found) if found else None

    def _get_key(self, request: HttpRequest) -> str | None:
        if self.param_name not in request.COOKIES:
            return None  # a caller without any credentials hears 401, not of CSRF
        key = super()._get_key(request)
        return None if key is None else str(key)


WAYS_IN: Final = (ApiKeyBearer(), ApiKeyInHeader(), SignedIn())


def needs(
    *permissions: Permission,
) -> Callable[[Callable[Concatenate[ApiRequest, P], T]], Callable[Concatenate[ApiRequest, P], T]]:
    """Let a caller in who may do one of these (none named: anybody with a key or a role); others hear 403.

    The permissions stand in the operation's OpenAPI description as `x-permissions`.
    """

    def guard(view: Callable[Concatenate[ApiRequest, P], T]) -> Callable[Concatenate[ApiRequest, P], T]:
        @wraps(view)
        def enter(request: ApiRequest, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if permissions and not any(request.auth.may(each) for each in permissions):
                demand(request.auth, permissions[0])
            return view(request, *args, **kwargs)

        def describe(operation: Operation) -> None:
            operation.openapi_extra = {"x-permissions": [each.value for each in permissions], **_ERRORS}

        contribute_operation_callback(enter, describe)
        return enter

    return guard


def demand(principal: Principal, permission: Permission) -> None:
    """Raise Problem `forbidden` unless the caller may do this."""
    if not principal.may(permission):
        raise problems.Problem(
            403,
            "forbidden",
            _("This needs the permission %s.") % permission.value,
            more={"permission": permission.value},
        )


def asker(principal: Principal) -> str:
    """Who asks, in a word that stays the same: `api_key:3`, `user:7`."""
    return f"{principal.actor.kind}:{principal.actor.id}"


def _enter_by_key(secret: str) -> Principal:
    found = api_keys.authenticate_api_key(secret) if "\0" not in secret else None
    if found is None:
        raise problems.unauthorized()
    return _limited(found)


def _limited(principal: Principal) -> Principal:
    wait = rates.buckets.take(asker(principal), time.monotonic())
    if wait:
        raise problems.Problem(
            429,
            "too-many-requests",
            _("Too many requests. Try again in %s s.") % wait,
            headers={"Retry-After": str(wait)},
        )
    return principal


_ERRORS: Final[dict[str, Any]] = {
    "responses": {
        "default": {
            "description": "A problem (RFC 9457)",
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
}
