"""Forms of the tariffs' editor: the tariff itself, one price of it, and the worked example."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chargehand.interfaces.console.tariffs.fields import (
    ClockField,
    CountField,
    DayField,
    MomentField,
    NumberField,
)
from chargehand.kernel import clock
from chargehand.kernel.money import EXPONENTS

#: Currencies that most people look for stand first.
_FIRST = ("EUR", "CHF", "GBP", "SEK", "NOK", "DKK", "PLN", "CZK", "USD", "CAD")
_CURRENCIES = [(code, code) for code in (*_FIRST, *sorted(set(EXPONENTS) - set(_FIRST)))]
TAXES = (
    ("YES", _("Prices include VAT")),
    ("NO", _("VAT comes on top")),
    ("N/A", _("No VAT applies")),
    ("2.2.1", _("As in OCPI 2.2.1: VAT comes on top, none where no rate is given")),
)
WEEKDAYS = (
    ("MONDAY", _("Mon")),
    ("TUESDAY", _("Tue")),
    ("WEDNESDAY", _("Wed")),
    ("THURSDAY", _("Thu")),
    ("FRIDAY", _("Fri")),
    ("SATURDAY", _("Sat")),
    ("SUNDAY", _("Sun")),
)
RESERVATIONS = (
    ("", _("charging")),
    ("RESERVATION", _("a reservation")),
    ("RESERVATION_EXPIRES", _("a reservation that nobody used")),
)
#: A form that lay open for so long may still say "from now on".
_SLACK = timedelta(minutes=5)


class FutureField(MomentField):
    """From when something counts; empty is at once, and the past is over."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"required": False, **more})

    def validate(self, value: Any) -> None:
        """Refuse a time that is over: drivers were shown other prices then."""
        super().validate(value)
        if value is not None and value < clock.now() - _SLACK:
            raise forms.ValidationError(
                _("This time is over: drivers were shown other prices. Choose a later time, or none for now.")
            )


class HeadForm(forms.Form):
    """What is said of the tariff as a whole."""

    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"), choices=_CURRENCIES)
    tax = forms.ChoiceField(label=_("Taxes"), choices=TAXES)
    min_after = NumberField(label=_("A session costs at least"))
    max_after = NumberField(label=_("A session costs at most"))
    min_before = NumberField(label=_("At least, before taxes"))
    max_before = NumberField(label=_("At most, before taxes"))


class SavingForm(forms.Form):
    """From when the version counts."""

    valid_from = FutureField(
        label=_("It counts from"),
        help_text=_("Empty: at once. Charges that have begun keep the price of their start."),
    )


class RowForm(forms.Form):
    """One price with the times and conditions at which it holds: an element of OCPI."""

    energy = NumberField(label=_("Per kWh"))
    time = NumberField(label=_("Per hour of charging"))
    parking = NumberField(label=_("Per hour of parking"))
    flat = NumberField(label=_("Per session"))
    vat = NumberField(label=_("VAT, percent"), max_value=100)
    start_time = ClockField(label=_("From"))
    end_time = ClockField(label=_("Until"))
    days = forms.MultipleChoiceField(
        label=_("Only on"), choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    min_minutes = NumberField(label=_("From minute"))
    max_minutes = NumberField(label=_("Below minute"))
    min_kwh = NumberField(label=_("From kWh"))
    max_kwh = NumberField(label=_("Below kWh"))
    min_power = NumberField(label=_("From kW"))
    max_power = NumberField(label=_("Below kW"))
    min_current = NumberField(label=_("From A"))
    max_current = NumberField(label=_("Below A"))
    start_date = DayField(label=_("From day"))
    end_date = DayField(label=_("Before day"))
    reservation = forms.ChoiceField(label=_("It is for"), choices=RESERVATIONS, required=False)
    energy_step = CountField(label=_("Step, Wh"))
    time_step = CountField(label=_("Step, seconds of charging"))
    parking_step = CountField(label=_("Step, seconds of parking"))

    @property
    def has_more(self) -> bool:
        """Whether a field is used, or wrong, that most prices do without."""
        names = list(self.fields)[list(self.fields).index("min_minutes") :]
        usual = {"", None, "1", 1}
        return any(self[name].value() not in usual or (self.is_bound and self[name].errors) for name in names)


class ExampleForm(forms.Form):
    """A charge to work out."""

    energy = NumberField(label=_("kWh"), required=True, max_value=10_000)
    minutes = NumberField(label=_("Minutes of charging"), required=True, max_value=20_000)
    parked = NumberField(label=_("Minutes parked after that"), max_value=20_000)
    day = forms.TypedChoiceField(
        label=_("On"), coerce=int, choices=[(at, word) for at, (_code, word) in enumerate(WEEKDAYS)]
    )
    at = ClockField(label=_("At"), required=True)
    zone = forms.ChoiceField(
        label=_("Time zone of the place"),
        choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())],
    )


class ImportForm(forms.Form):
    """A tariff as OCPI JSON."""

    name = forms.CharField(label=_("Name"), max_length=200)
    ocpi = forms.CharField(
        label=_("OCPI JSON, version 2.2.1 or 2.3.0"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "mono"}),
        help_text=_("One Tariff object, as a partner sends it. Without “tax_included” it is read as 2.2.1."),
    )
    valid_from = FutureField(label=_("It counts from"), help_text=_("Empty: at once."))
