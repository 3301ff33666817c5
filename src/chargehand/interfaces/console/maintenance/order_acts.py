"""What a person does about work orders at a desk: raise, give on, cancel, settle, and say how to get in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import order_edits, site_notes, work
from chargehand.domain.maintenance.orders import OrderView
from chargehand.domain.maintenance.site_notes import SiteDetails
from chargehand.domain.maintenance.work import NewOrder, Part
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import cursors, deeds, door, frame
from chargehand.interfaces.console.maintenance import order_page
from chargehand.interfaces.console.maintenance.finding_stations import typed_station
from chargehand.interfaces.console.maintenance.order_forms import OrderForm, SiteNoteForm
from chargehand.interfaces.console.station import lettered
from chargehand.kernel.errors import Refused


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A verb as it came by a form."""

    request: HttpRequest
    principal: Principal
    view: OrderView

    @property
    def who(self) -> dict[str, Any]:
        """Arguments that every verb takes."""
        return {
            "operator_id": self.principal.operator_id,
            "order_id": self.view.card.id,
            "actor": self.principal.actor,
        }

    def text(self, name: str) -> str:
        """A field without blanks around it, "" where it is missing."""
        return self.request.POST.get(name, "").strip()


@require_http_methods(["GET", "POST"])
@door.needs(Permission.WORK_EDIT)
def raise_one(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a work order; the address may say for which charger and why."""
    names = ("station", "plug", "title", "why", "checklist", "priority")
    initial = {name: request.GET[name] for name in names if name in request.GET}
    form = OrderForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            number = deeds.perform(request, principal, lambda: _raise(principal, form.cleaned_data))
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:work"))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("console:work-page", args=[number]))
    context = {"form": form, "crumbs": [(_("Work orders"), reverse("console:work"))]}
    return frame.show(
        request, principal, "console/work/raise.html", context, status=422 if form.errors else 200
    )


@require_POST
@door.needs(Permission.WORK_EDIT)
def do(request: HttpRequest, principal: Principal, order_id: int, name: str) -> HttpResponse:
    """Do a verb, once however often the form is sent, and go back to the page it stood on."""
    if name not in VERBS:
        raise Http404
    verb, done = VERBS[name]
    asked = Asked(request=request, principal=principal, view=order_page.find(principal, order_id))
    target = deeds.way_back(request, reverse("console:work-page", args=[order_id]))
    return deeds.act(request, principal, lambda: verb(asked), target=target, done=str(done))


def _raise(principal: Principal, said: dict[str, Any]) -> int:
    station = typed_station(principal, said["station"])
    parts = tuple(Part(line.strip()[:255]) for line in said["parts"].splitlines() if line.strip())
    order = NewOrder(
        station_id=station.id,
        evse=_evse(station, said["plug"]),
        title=said["title"],
        why=said["why"],
        checklist=said["checklist"],
        priority=said["priority"],
        due_at=said["due_at"],
        access_notes=said["access_notes"],
        parts=parts or None,
    )
    return work.raise_order(operator_id=principal.operator_id, order=order, actor=principal.actor)


def _evse(station: StationView, letter: str) -> int | None:
    """Return the number of a lettered plug. Raises Refused `no-such-connector`."""
    if not letter.strip():
        return None
    letters = {known: plug.evse for known, plug in lettered(station)}
    if letter.strip().upper() not in letters:
        raise Refused("no-such-connector", _("This charger has the plugs %s.") % ", ".join(letters))
    return letters[letter.strip().upper()]


def _take(asked: Asked) -> None:
    work.assign(**asked.who, user_id=asked.principal.user_id)


def _assign(asked: Asked) -> None:
    work.assign(**asked.who, user_id=cursors.read_number(asked.text("person")))


def _cancel(asked: Asked) -> None:
    work.cancel(**asked.who, reason=asked.text("reason"))


def _choose(asked: Asked) -> None:
    try:
        chosen = UUID(asked.text("edit"))
    except ValueError:
        raise Refused("no-such-edit", _("There is no such change.")) from None
    order_edits.choose(**asked.who, edit_id=chosen)


def _write_note(asked: Asked) -> None:
    location_id = asked.view.card.location_id
    form = SiteNoteForm(asked.request.POST)
    if location_id is None:
        raise Refused("no-such-location", _("This charger stands at no site. Give it one first."))
    if not form.is_valid():
        raise Refused("too-long", _("Code and phone have 64 characters at most, the contact 255."))
    site_notes.write_site_note(
        operator_id=asked.principal.operator_id,
        location_id=location_id,
        details=SiteDetails(**form.cleaned_data),
        actor=asked.principal.actor,
    )


VERBS: Final[Mapping[str, tuple[Callable[[Asked], None], Any]]] = {
    "take": (_take, gettext_lazy("It is yours now.")),
    "assign": (_assign, gettext_lazy("Given on.")),
    "cancel": (_cancel, gettext_lazy("Cancelled. What it took out of service is back.")),
    "choose": (_choose, gettext_lazy("Settled.")),
    "site-note": (_write_note, gettext_lazy("Written down for the site.")),
}
