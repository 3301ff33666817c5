"""Show the components with example values."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from chargehand.interfaces.ui.styleguide import examples
from chargehand.kernel import clock


@require_http_methods(["GET", "POST"])
def show_parts(request: HttpRequest) -> HttpResponse:
    """Show every part; a POST shows the form with its errors."""
    form = examples.ExampleForm(request.POST if request.method == "POST" else None)
    context = examples.frame("Parts") | examples.parts(clock.now()) | {"form": form}
    return render(request, "ui/styleguide/parts.html", context)


@require_GET
def show_overview(request: HttpRequest) -> HttpResponse:
    context = examples.frame("Overview") | examples.overview(clock.now())
    return render(request, "ui/styleguide/overview.html", context)


@require_GET
def show_stations(request: HttpRequest) -> HttpResponse:
    context = examples.frame("Stations") | {"rows": examples.station_rows(50)}
    return render(request, "ui/styleguide/stations.html", context)


@require_GET
def show_sheet(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/styleguide/sheet.html", {"form": examples.SignInForm()})


@require_GET
def list_stations(request: HttpRequest) -> HttpResponse:
    """Answer `count` rows (default 5,000) for the long list."""
    return JsonResponse({"rows": examples.station_rows(int(request.GET.get("count", "5000")))})


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Answer the palette with JSON and the search form with a page."""
    text = request.GET.get("q", "")
    found = [row for row in examples.station_rows(200) if text and text in row["cells"]["number"]]
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"results": [examples.as_result(row) for row in found[:8]]})
    return render(request, "ui/styleguide/stations.html", examples.frame("Stations") | {"rows": found})
