"""Forms of the pages of uptime."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health.availability import Port
from chargehand.domain.health.exclusions import REASON_WORDS

#: How a browser writes a day and a time to the second.
MOMENT = "%Y-%m-%dT%H:%M:%S"
_CLOCK = "%H:%M"
WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


class MomentField(forms.DateTimeField):
    """A day and time to the second, in the operator's time zone."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=MOMENT)
        super().__init__(widget=widget, input_formats=[MOMENT, "%Y-%m-%dT%H:%M"], **more)


class ExclusionForm(forms.Form):
    """A stretch of time that is not the operator's doing."""

    since = MomentField(label=gettext_lazy("From"))
    until = MomentField(label=gettext_lazy("Until"))
    place = forms.ChoiceField(label=gettext_lazy("Where"))
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=list(REASON_WORDS.items()))
    note = forms.CharField(
        label=gettext_lazy("Evidence"),
        help_text=gettext_lazy("What proves it: a report, a ticket number, a photo."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    incident = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, principal: Principal, port: Port, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("plug", _("this plug")), ("station", _("the whole charger"))]
        if port.location_id is not None and (
            principal.location_ids is None or port.location_id in principal.location_ids
        ):
            choices.append(("site", _("all of %s") % port.location_name))
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class HoursForm(forms.Form):
    """When a site is open on each day of the week; a day without times is a closed one."""

    is_always = forms.BooleanField(label=gettext_lazy("Always open"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, word in enumerate(WEEKDAYS):
            for name, label in (
                (f"opens_{day}", _("%s from") % word),
                (f"closes_{day}", _("%s until") % word),
            ):
                widget = forms.TimeInput(attrs={"type": "time"}, format=_CLOCK)
                self.fields[name] = forms.TimeField(label=label, required=False, widget=widget)

    def clean(self) -> dict[str, Any]:
        """Ask for both times of a day, and for at least one day."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("is_always"):
            return said
        pairs = [(said.get(f"opens_{day}"), said.get(f"closes_{day}")) for day in range(7)]
        if any((opens is None) != (closes is None) for opens, closes in pairs):
            raise forms.ValidationError(_("Give both times of a day, or none where the site is closed."))
        if not any(opens is not None for opens, _closes in pairs):
            raise forms.ValidationError(_("Say when the site is open, or that it always is."))
        return said
