"""Forms of the alerts' pages."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health.causes import CAUSES
from chargehand.domain.notices import queries
from chargehand.domain.notices.kinds import FOR_OPERATIONS, ChannelKind
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console.alerts import words

_CLOCK = "%H:%M"
_MOMENT = "%Y-%m-%dT%H:%M"


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zoneinfo.available_timezones())]


class ClockField(forms.TimeField):
    """A time of day, to the minute."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format=_CLOCK), **more)


class MomentField(forms.DateTimeField):
    """A day and time in the operator's time zone."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
        super().__init__(widget=widget, input_formats=[_MOMENT, "%Y-%m-%dT%H:%M:%S"], **more)


class TermsForm(forms.Form):
    """When a channel is used."""

    label = forms.CharField(label=_("Name"), max_length=80, help_text=_("Such as “my phone”."))
    least_severity = forms.TypedChoiceField(
        label=_("Tell me of"), coerce=int, choices=words.SEVERITIES, initial=9
    )
    quiet_from = ClockField(label=_("Quiet from"), required=False)
    quiet_to = ClockField(
        label=_("Quiet until"),
        required=False,
        help_text=_("In quiet hours only danger is told; the rest waits for their end."),
    )
    time_zone = forms.ChoiceField(label=_("Your time zone"), choices=_zones)
    is_paused = forms.BooleanField(label=_("Do not use it for now"), required=False)


class ChannelForm(TermsForm):
    """A new channel."""

    kind = forms.ChoiceField(label=_("Kind"))
    target = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "An e-mail address, or the address of a service such as slack://…, ntfys://…, twilio://…, pagerduty://…"
        ),
    )
    field_order = ("kind", "target", "label", "least_severity", "quiet_from", "quiet_to", "time_zone")

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["is_paused"]
        may_all = principal.may(Permission.ALERTS_EDIT)
        choices = [(kind.value, words.KINDS[kind]) for kind in ChannelKind]
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"),
            choices=[each for each in choices if may_all or ChannelKind(each[0]) not in FOR_OPERATIONS],
        )
        self.order_fields(self.field_order)


class RotaForm(forms.Form):
    """A rota's name and clock."""

    name = forms.CharField(label=_("Name"), max_length=80)
    time_zone = forms.ChoiceField(label=_("Time zone of the shifts"), choices=_zones)


def _people(operator_id: int) -> list[tuple[str, str]]:
    return [(str(each.user_id), each.name or each.email) for each in accounts.people(operator_id)]


class RowForm(forms.Form):
    """A row of a table of fields: no visible labels, so each says its label to those who listen."""

    def __init__(self, *args: Any, operator_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator_id = operator_id

    def say_labels(self) -> None:
        for field in self.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label)
            field.widget.attrs.setdefault("class", "input input--small")


class ShiftForm(RowForm):
    """One shift of the week; without a person the row is left out."""

    weekday = forms.TypedChoiceField(label=_("Day"), coerce=int, choices=words.WEEKDAYS, required=False)
    starts = ClockField(label=_("From"), required=False)
    ends = ClockField(label=_("Until"), required=False)
    user_id = forms.TypedChoiceField(label=_("Person"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "–"), *_people(self.operator_id)]
        self.say_labels()

    def clean(self) -> dict[str, Any]:
        """A row with a person needs both times."""
        said = super().clean() or {}
        if said.get("user_id") and (said.get("starts") is None or said.get("ends") is None):
            raise forms.ValidationError(_("Give this shift both times."))
        return said


class OverrideForm(forms.Form):
    """Somebody else for a time."""

    user_id = forms.TypedChoiceField(label=_("On duty instead"), coerce=int, empty_value=None, required=False)
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)

    def __init__(self, operator_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("nobody")), *_people(operator_id)]


class PolicyForm(forms.Form):
    """An escalation's name and repeats."""

    name = forms.CharField(label=_("Name"), max_length=80)
    repeats = forms.IntegerField(label=_("Begin again so many times"), min_value=0, max_value=10, initial=1)


class StepForm(RowForm):
    """One step; without a target the row is left out."""

    target = forms.ChoiceField(label=_("Tell"), required=False)
    wait_minutes = forms.IntegerField(
        label=_("Then wait, minutes"), min_value=1, max_value=1440, initial=10, required=False
    )

    def __init__(self, *args: Any, rotas: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)
        people = [(f"person:{number}", name) for number, name in _people(self.operator_id)]
        field.choices = [
            ("", "–"),
            ("team", _("all of operations")),
            (_("On duty by"), rotas),
            (_("A person"), people),
        ]
        self.say_labels()


class RouteForm(RowForm):
    """Which incidents go where."""

    policy_id = forms.ChoiceField(label=_("Goes to"), required=False)
    least_severity = forms.TypedChoiceField(
        label=_("Incidents"), coerce=int, choices=words.SEVERITIES, required=False, initial=9
    )
    kinds = forms.MultipleChoiceField(
        label=_("Only these kinds"),
        required=False,
        choices=[(kind, cause.title) for kind, cause in CAUSES.items()],
    )
    location_ids = forms.TypedMultipleChoiceField(label=_("Only these sites"), coerce=int, required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on"),
        coerce=int,
        choices=words.WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hours_from = ClockField(label=_("Only from"), required=False)
    hours_to = ClockField(label=_("Only until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy, sites = self.fields["policy_id"], self.fields["location_ids"]
        assert isinstance(policy, forms.ChoiceField)
        assert isinstance(sites, forms.TypedMultipleChoiceField)
        policies = [(str(each.id), each.name) for each in queries.policies(self.operator_id)]
        policy.choices = [("", _("– choose –")), *policies, ("nobody", _("nobody"))]
        sites.choices = [(each.id, each.name) for each in stations.locations(self.operator_id)]


class WindowForm(forms.Form):
    """A maintenance window."""

    place = forms.ChoiceField(label=_("Where"))
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
        choices: list[Any] = [(f"site:{each.id}", each.name) for each in sites]
        if principal.location_ids is None:
            choices.insert(0, ("everywhere", _("everywhere")))
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
