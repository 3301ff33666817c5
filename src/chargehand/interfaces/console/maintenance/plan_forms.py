"""Forms of plans, firmware, logs and wanted settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import checklists
from chargehand.domain.stations import queries as stations


class ScopedForm(forms.Form):
    """A form about some stations: a maker, a model, a site; empty fields mean any."""

    vendor = forms.CharField(label=_("Maker"), max_length=255, required=False)
    model = forms.CharField(label=_("Model"), max_length=255, required=False)
    location_id = forms.TypedChoiceField(label=_("Site"), coerce=int, empty_value=None, required=False)

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
        self.fields["location_id"] = forms.TypedChoiceField(
            label=_("Site"),
            coerce=int,
            empty_value=None,
            required=False,
            choices=[("", _("any")), *((str(site.id), site.name) for site in sites)],
        )


class PlanForm(ScopedForm):
    """A preventive plan."""

    name = forms.CharField(label=_("Name"), max_length=255)
    checklist = forms.ChoiceField(
        label=_("Steps"),
        initial="safety-test",
        choices=[(key, each.name) for key, each in checklists.TEMPLATES.items()],
    )
    threshold = forms.FloatField(label=_("Every"), min_value=0.1)
    measure = forms.ChoiceField(
        label=_("Counted in"),
        choices=[
            ("days", _("days")),
            ("cycles", _("charges")),
            ("kwh", _("kWh")),
            ("insertions", _("insertions of a cable")),
            ("hours", _("hours of charging")),
        ],
    )
    is_per_plug = forms.BooleanField(label=_("Count each plug by itself"), required=False)
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)
    field_order = ("name", "checklist", "threshold", "measure", "is_per_plug", "vendor", "model")


class ImageForm(forms.Form):
    """A firmware."""

    vendor = forms.CharField(label=_("Maker"), max_length=255, required=False)
    model = forms.CharField(label=_("Model"), max_length=255)
    version = forms.CharField(
        label=_("Version"), max_length=255, help_text=_("Exactly as stations report it at boot.")
    )
    url = forms.CharField(
        label=_("Address of the file"), max_length=512, help_text=_("Stations must reach it.")
    )
    sha256 = forms.CharField(label="SHA-256", max_length=64, required=False)
    signing_certificate = forms.CharField(
        label=_("Signing certificate, PEM"),
        max_length=5500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    signature = forms.CharField(
        label=_("Signature, base64"),
        max_length=800,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CampaignForm(forms.Form):
    """A campaign: which stations, in which waves, when to stop."""

    name = forms.CharField(label=_("Name"), max_length=255)
    image_id = forms.TypedChoiceField(label=_("Firmware"), coerce=int)
    locations = forms.TypedMultipleChoiceField(
        label=_("Only these sites"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )
    first = forms.CharField(
        label=_("Go first"),
        required=False,
        max_length=2000,
        help_text=_("Identities of chargers, parted by commas: they are the first wave."),
    )
    shares = forms.CharField(
        label=_("Waves, percent"), initial="2, 18, 80", help_text=_("Parted by commas, 100 at most in sum.")
    )
    at_once = forms.IntegerField(label=_("At a time, at most"), initial=5, min_value=1, max_value=500)
    soak_hours = forms.FloatField(
        label=_("Hours to watch a wave before the next"), initial=24, min_value=0, max_value=1000
    )
    window_from = forms.TimeField(
        label=_("Not before"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    window_until = forms.TimeField(
        label=_("Not after"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Local time of each charger; both empty: at any hour."),
    )

    def __init__(
        self, principal: Principal, images: list[tuple[int, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["image_id"] = forms.TypedChoiceField(label=_("Firmware"), coerce=int, choices=images)
        choices = [(site.id, site.name) for site in stations.locations(principal.operator_id)]
        field = self.fields["locations"]
        if choices and isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = choices
        else:
            del self.fields["locations"]
        self.order_fields(["name", "image_id"])


class LogForm(forms.Form):
    """A log to ask for."""

    station = forms.CharField(label=_("Charger"), max_length=48, help_text=_("Its identity, such as 4107."))
    kind = forms.ChoiceField(
        label=_("Which log"), choices=[("diagnostics", _("Diagnostics")), ("security", _("Security"))]
    )
    since = forms.DateTimeField(
        label=_("From"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class ProfileForm(ScopedForm):
    """A profile of wanted settings."""

    name = forms.CharField(label=_("Name"), max_length=255)
    station = forms.CharField(
        label=_("One charger"), max_length=48, required=False, help_text=_("Its identity; empty: any.")
    )
    settings = forms.CharField(
        label=_("Wanted settings"),
        max_length=20_000,
        help_text=_(
            "One a line. A key of OCPP 1.6: HeartbeatInterval = 300. A variable of OCPP 2.x with its"
            " component: OCPPCommCtrlr / HeartbeatInterval = 300."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    is_enforced = forms.BooleanField(
        label=_("Write it by itself"),
        required=False,
        help_text=_("After a restart and every hour; otherwise a person applies it."),
    )
    field_order = ("name", "settings", "station", "location_id", "vendor", "model", "is_enforced")
