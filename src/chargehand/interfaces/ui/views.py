"""Remember a person's choice of light or dark without an account and without JavaScript."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "theme"
THEMES = ("light", "dark")
A_YEAR = 365 * 86_400


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Set the theme cookie ("light", "dark"; anything else follows the system) and go back to `next`."""
    wanted = request.POST.get("theme", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    if wanted in THEMES:
        # Readable by the page's script, which switches without a reload; it holds nothing personal.
        response.set_cookie(COOKIE, wanted, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
