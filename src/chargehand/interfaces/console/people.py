"""People and their roles: who may do what for this operator, inviting, changing, taking away."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts import actions
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import deeds, door, forms, frame, wording
from chargehand.kernel.errors import Refused


@require_GET
@door.needs(Permission.PEOPLE_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Everybody with a role, and what the roles may do."""
    sites = {site.id: site.name for site in stations.locations(principal.operator_id)}
    context = {
        "people": [
            {
                "it": person,
                "role": wording.role_word(person.role),
                "sites": [sites[one] for one in person.location_ids if one in sites],
                "is_self": person.user_id == principal.user_id,
            }
            for person in accounts.people(principal.operator_id)
        ],
        "roles": [wording.ROLES[role] for role in Role],
        "table": [
            (wording.PERMISSIONS[permission], [may(role, permission) for role in Role])
            for permission in Permission
        ],
    }
    return frame.show(request, principal, "console/people.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.PEOPLE_EDIT)
def invite(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Give somebody a role; a mail leads a new person to choosing a password."""
    form = forms.InvitationForm(principal.operator_id, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            deeds.perform(
                request,
                principal,
                lambda: actions.invite_user(
                    operator_id=principal.operator_id,
                    email=said["email"],
                    name=said["name"],
                    role=Role(said["role"]),
                    location_ids=said.get("locations", ()),
                    actor=principal.actor,
                ),
                target=reverse("console:people"),
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error("email", refusal.sentence)
        else:
            messages.success(
                request,
                _("%s has a role now, and gets a mail with the way to sign in.") % said["email"],
            )
            return HttpResponseRedirect(reverse("console:people"))
    context = {"form": form, "crumbs": [(_("People"), reverse("console:people"))]}
    return frame.show(request, principal, "console/person_add.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.PEOPLE_EDIT)
def edit(request: HttpRequest, principal: Principal, user_id: int) -> HttpResponse:
    """Give a person another role."""
    person = next((one for one in accounts.people(principal.operator_id) if one.user_id == user_id), None)
    if person is None:
        raise Http404
    initial = {"role": person.role.value, "locations": list(person.location_ids)}
    form = forms.RoleForm(
        principal.operator_id, request.POST if request.method == "POST" else None, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        return deeds.act(
            request,
            principal,
            lambda: actions.change_role(
                operator_id=principal.operator_id,
                user_id=user_id,
                role=Role(said["role"]),
                location_ids=said.get("locations", ()),
                actor=principal.actor,
            ),
            target=reverse("console:people"),
            done=_("Saved."),
        )
    context = {"form": form, "person": person, "crumbs": [(_("People"), reverse("console:people"))]}
    return frame.show(request, principal, "console/person_edit.html", context)


@require_POST
@door.needs(Permission.PEOPLE_EDIT)
def remove(request: HttpRequest, principal: Principal, user_id: int) -> HttpResponse:
    """Take a person's role away."""
    return deeds.act(
        request,
        principal,
        lambda: actions.remove_member(
            operator_id=principal.operator_id, user_id=user_id, actor=principal.actor
        ),
        target=reverse("console:people"),
        done=_("This person has no role here any more."),
    )
