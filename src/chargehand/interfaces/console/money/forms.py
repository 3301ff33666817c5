"""Forms of the pages about money: who buys, who sells, what is shared, what is not billed."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import entities
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.stations import queries as stations
from chargehand.kernel.money import EXPONENTS

LANGUAGES = (
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("nl", "Nederlands"),
    ("es", "Español"),
)
_PARTY = tuple(name for name in Party.__struct_fields__ if name != "address")


class PartyForm(forms.Form):
    """Who sells or buys, as a document names them."""

    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(
        label=_("Address"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Street and number, one line each."),
    )
    postal_code = forms.CharField(label=_("Postal code"), max_length=16, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two capitals, such as DE.")
    )
    vat_id = forms.CharField(label=_("VAT id"), max_length=24, required=False)
    tax_number = forms.CharField(label=_("Tax number"), max_length=30, required=False)
    registration = forms.CharField(
        label=_("Entry in a register"),
        max_length=200,
        required=False,
        help_text=_("Such as HRB 12345 Hamburg."),
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254, required=False)

    def party(self) -> Party:
        """What was said, as documents take it."""
        said = self.cleaned_data
        lines = tuple(line.strip() for line in said["address"].splitlines() if line.strip())
        return Party(address=lines, **{name: said[name] for name in _PARTY})


class CustomerForm(PartyForm):
    """A customer: who pays, when, and for which tokens."""

    mode = forms.ChoiceField(
        label=_("Invoices"),
        choices=(("immediate", _("after each charge")), ("monthly", _("once a month"))),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    is_business = forms.BooleanField(label=_("A business"), required=False)
    entity_id = forms.TypedChoiceField(label=_("Sold by"), coerce=int, empty_value=None, required=False)
    tokens = forms.CharField(
        label=_("Tokens"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
        help_text=_("One token a line, as the reader sends it. What they charge is billed to this customer."),
    )
    group_uid = forms.CharField(
        label=_("Token group"),
        max_length=255,
        required=False,
        help_text=_("All tokens of the group are billed to this customer, who gets a statement each month."),
    )

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sellers = entities.entities(principal.operator_id)
        field = self.fields["entity_id"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [
                ("", _("the usual seller")),
                *((each.id, each.details.party.name) for each in sellers),
            ]


class EntityForm(PartyForm):
    """A legal entity that sells: its name, its time zone, its numbers, how to pay it."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name) for name in sorted(zoneinfo.available_timezones())],
        help_text=_("Days and years of invoices are those of this zone. It stays once something was issued."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    invoice_series = forms.CharField(
        label=_("Numbers of invoices"), max_length=36, help_text=_("{year} stands for the year.")
    )
    credit_series = forms.CharField(label=_("Numbers of credit notes"), max_length=36)
    host_series = forms.CharField(label=_("Numbers of hosts' statements"), max_length=36)
    payment_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365)
    payment_text = forms.CharField(
        label=_("How to pay"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Bank account and terms, as they stand on the invoice."),
    )


class PolicyForm(forms.Form):
    """What is not billed."""

    least_wh = forms.IntegerField(
        label=_("Less than, Wh"),
        min_value=0,
        max_value=100_000,
        help_text=_(
            "Charges of less energy are not billed, if one of the next two holds. 0 bills everything."
        ),
    )
    short_s = forms.IntegerField(
        label=_("… and shorter than, seconds"),
        min_value=0,
        max_value=86_400,
        help_text=_("The other one: the charger itself, or its grid, broke the charge off."),
    )


class ThresholdForm(forms.Form):
    """Up to how much one person may take back."""

    alone_up_to = forms.IntegerField(
        label=_("Credits above this need a second person"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text=_("In whole units of the invoice's currency. Empty: nobody needs to be asked."),
    )


class HelpForm(forms.Form):
    """Whom drivers may ask."""

    phone = forms.CharField(
        label=_("Telephone number"),
        max_length=40,
        required=False,
        help_text=_("As drivers read it, with the country code: +49 40 123456."),
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254, required=False)


class HostForm(PartyForm):
    """A site host."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class ShareForm(forms.Form):
    """What a host gets of the charges at a site, from a day on."""

    location_id = forms.TypedChoiceField(label=_("Site"), coerce=int)
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    percent = forms.DecimalField(
        label=_("Share, %"), min_value=0, max_value=100, decimal_places=4, initial=Decimal(0)
    )
    per_kwh = forms.DecimalField(
        label=_("… and for each kWh"), min_value=0, decimal_places=6, initial=Decimal(0)
    )
    fee_percent = forms.DecimalField(
        label=_("Fee taken off before, %"), min_value=0, max_value=100, decimal_places=4, initial=Decimal(0)
    )
    fee_fixed = forms.DecimalField(
        label=_("… and for each charge"), min_value=0, decimal_places=6, initial=Decimal(0)
    )
    valid_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location_id"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(site.id, site.name) for site in stations.locations(principal.operator_id)]

    def clean_currency(self) -> str:
        """One of ISO 4217."""
        said = str(self.cleaned_data["currency"]).upper()
        if said not in EXPONENTS:
            raise forms.ValidationError(_("Give the currency by its three letters, such as EUR."))
        return said


def party_initial(party: Party) -> dict[str, Any]:
    """What a form shows of somebody at first."""
    return {**msgspec.structs.asdict(party), "address": "\n".join(party.address)}
