"""Errors as machines read them: application/problem+json (RFC 9457), whatever went wrong."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from chargehand.kernel.errors import Refused

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

#: Codes of refusals whose thing does not exist, for this caller at least.
_MISSING: Final = frozenset(
    {
        "no-such-station",
        "no-such-location",
        "no-such-connector",
        "no-such-transaction",
        "no-such-case",
        "unknown-key",
        "not-waiting",
        *("unknown-tariff", "unknown-assignment", "unknown-place", "unknown-version", "unknown-review"),
        *("unknown-price", "unknown-invoice", "unknown-customer", "unknown-entity", "unknown-token"),
        *("no-such-incident", "no-such-order", "no-such-person", "no-such-technician"),
        *("unknown-objection", "unknown-request"),
    }
)
#: Codes of refusals because of what is there already, or is not there now.
_CONFLICTS: Final = frozenset(
    {
        "identity-taken",
        "uid-taken",
        "evse-busy",
        "replug-first",
        "transaction-ended",
        "station-offline",
        "case-resolved",
        "transaction-open",
        *("tariff-id-taken", "review-settled", "newer-record", "credited-already", "in-review"),
        *("overpaid", "reference-used", "nothing-to-credit", "group-taken", "token-taken", "zone-in-use"),
        *("settled-already", "decided-already", "same-person", "second-person"),
        *("incident-over", "incident-open", "incident-replaced", "not-now"),
    }
)
_FORBIDDEN: Final = frozenset({"scope-beyond-own", "wrong-operator"})


class Problem(Exception):  # noqa: N818 -- the word of RFC 9457
    """A request that cannot be answered as asked.

    `code` is kebab-case and stable; `more` are members of the problem beside the standard ones.
    """

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.more = dict(more or {})
        self.headers = dict(headers or {})


def missing(sentence: str | None = None) -> Problem:
    """Something that does not exist, or belongs to somebody else."""
    return Problem(404, "not-found", sentence or _("There is no such thing here."))


def respond(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Write a problem as an answer. `type` is a name, not an address: `urn:chargehand:problem:<code>`."""
    body = {
        "type": f"urn:chargehand:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.sentence,
        "instance": request.path,
        "code": problem.code,
        **problem.more,
    }
    response = HttpResponse(msgspec.json.encode(body), status=problem.status, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def unauthorized() -> Problem:
    """Nobody we know (RFC 9110 15.5.2: with a challenge)."""
    return Problem(
        401,
        "unauthorized",
        _("Send a valid API key: Authorization: Bearer chk_..., or X-API-Key."),
        headers={"WWW-Authenticate": 'Bearer realm="chargehand"'},
    )


def not_found(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Answer an address of the API that leads nowhere."""
    return respond(request, missing(_("There is no such address in this API.")))


def handle_with(api: NinjaAPI) -> None:
    """Let every exception of an operation become a problem."""

    @api.exception_handler(Problem)
    def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
        return respond(request, problem)

    @api.exception_handler(Refused)
    def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
        return respond(request, _of_refusal(refusal))

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return respond(request, _of_validation(error))

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return respond(request, _of_http(error))

    @api.exception_handler(Http404)
    def _missing(request: HttpRequest, _error: Http404) -> HttpResponse:
        return respond(request, missing())

    @api.exception_handler(Exception)
    def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("api-request-failed", path=request.path, method=request.method, exc_info=error)
        return respond(request, Problem(500, "internal-error", _("Something broke on our side.")))


def _of_refusal(refusal: Refused) -> Problem:
    status = 422
    if refusal.code in _MISSING:
        status = 404
    elif refusal.code in _CONFLICTS:
        status = 409
    elif refusal.code in _FORBIDDEN:
        status = 403
    return Problem(status, refusal.code, refusal.sentence)


def _of_validation(error: ValidationError) -> Problem:
    places = [tuple(str(part) for part in each["loc"]) for each in error.errors]
    if any(place[0] == "path" for place in places):
        return missing()
    errors = [
        {"in": place[0], "name": ".".join(place[1:]) or None, "detail": str(each["msg"])}
        for place, each in zip(places, error.errors, strict=True)
    ]
    return Problem(
        422, "invalid-request", _("The request does not fit its description."), more={"errors": errors}
    )


def _of_http(error: HttpError) -> Problem:
    if error.status_code == 401:
        return unauthorized()
    codes = {400: "bad-json", 403: "forbidden"}
    return Problem(error.status_code, codes.get(error.status_code, "http-error"), error.message)
