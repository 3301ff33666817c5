"""Forms of the console: fields, labels and hints; the rules stand in the rooms, which refuse in words."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.domain.tokens.kinds import TokenKind
from chargehand.interfaces.console import wording

PROFILES = (
    (1, _("1 – password, no encryption")),
    (2, _("2 – TLS and password")),
    (3, _("3 – TLS with a client certificate")),
    (0, _("0 – no password (only in a closed network)")),
)
VERSIONS = (("", _("any")), ("ocpp1.6", "OCPP 1.6"), ("ocpp2.0.1", "OCPP 2.0.1"), ("ocpp2.1", "OCPP 2.1"))


class PlacedForm(forms.Form):
    """A form with a site to choose, among those the person may see."""

    location = forms.TypedChoiceField(label=_("Site"), coerce=int, empty_value=None, required=False)

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
        choices: list[tuple[str, Any]] = [(str(site.id), site.name) for site in sites]
        if principal.location_ids is None:
            choices.insert(0, ("", _("none yet")))
        self.fields["location"] = forms.TypedChoiceField(
            label=_("Site"),
            coerce=int,
            empty_value=None,
            required=principal.location_ids is not None,
            choices=choices,
        )


class StationForm(PlacedForm):
    """A new station."""

    identity = forms.CharField(
        label=_("Identity"),
        max_length=48,
        help_text=_("What the station calls itself: the last part of the address it connects to."),
    )
    name = forms.CharField(
        label=_("Name"), max_length=100, required=False, help_text=_("What people call it, on the sign too.")
    )
    security_profile = forms.TypedChoiceField(
        label=_("Security profile"), coerce=int, choices=PROFILES, initial=1
    )
    field_order = ("identity", "name", "location", "security_profile")


class ApprovalForm(PlacedForm):
    """A waiting station to let in."""

    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    field_order = ("name", "location")


class StationDetailsForm(PlacedForm):
    """What people say about a station."""

    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    field_order = ("name", "location", "notes")


class ConnectorForm(forms.Form):
    """What people say about a plug; OCPP 1.6 stations do not tell."""

    standard = forms.ChoiceField(
        label=_("Plug"),
        required=False,
        choices=(
            ("", _("unknown")),
            ("IEC_62196_T2", _("Type 2 socket or cable")),
            ("IEC_62196_T2_COMBO", _("CCS (Combo 2)")),
            ("CHADEMO", "CHAdeMO"),
            ("IEC_62196_T1", _("Type 1")),
            ("IEC_62196_T1_COMBO", _("CCS (Combo 1)")),
            ("SAE_J3400", "NACS"),
            ("DOMESTIC_F", _("Household socket (Schuko)")),
        ),
    )
    power_type = forms.ChoiceField(
        label=_("Current"),
        required=False,
        choices=(
            ("", _("unknown")),
            ("AC_1_PHASE", _("AC, one phase")),
            ("AC_2_PHASE", _("AC, two phases")),
            ("AC_3_PHASE", _("AC, three phases")),
            ("DC", "DC"),
        ),
    )
    max_power = forms.DecimalField(
        label=_("Highest power, kW"), required=False, min_value=0, max_value=2000, decimal_places=1
    )


class LocationForm(forms.Form):
    """A site."""

    name = forms.CharField(label=_("Name"), max_length=255)
    address = forms.CharField(label=_("Street and number"), max_length=255, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=16, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two capitals, such as DE.")
    )
    latitude = forms.DecimalField(
        label=_("Latitude"), required=False, max_digits=9, decimal_places=6, help_text=_("Degrees, WGS 84.")
    )
    longitude = forms.DecimalField(label=_("Longitude"), required=False, max_digits=9, decimal_places=6)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(name, name) for name in sorted(zoneinfo.available_timezones())]
    )


class TokenForm(forms.Form):
    """What is said about a token."""

    holder_name = forms.CharField(label=_("Holder"), max_length=200, required=False)
    group_uid = forms.CharField(
        label=_("Group"),
        max_length=255,
        required=False,
        help_text=_("Tokens of a group can stop each other's charges."),
    )
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class NewTokenForm(TokenForm):
    """A new token."""

    uid = forms.CharField(
        label=_("Token"), max_length=255, help_text=_("As the reader sends it, such as 04A2B3C4D5E680.")
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, wording.TOKEN_KINDS[kind]) for kind in TokenKind]
    )
    field_order = ("uid", "kind", "holder_name", "group_uid", "valid_until", "note")


class TokenFileForm(forms.Form):
    """A table of tokens."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "The first line names the columns: uid and, if wanted, kind, holder_name, group_uid, valid_until, "
            "language, note, status."
        ),
    )


class InvitationForm(forms.Form):
    """A person to be given a role."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, wording.ROLES[role]) for role in Role])
    locations = forms.TypedMultipleChoiceField(
        label=_("Only these sites"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all sites. A site host sees nothing until sites are chosen."),
    )

    def __init__(self, operator_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(site.id, site.name) for site in stations.locations(operator_id)]
        field = self.fields["locations"]
        if choices and isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = choices
        else:
            del self.fields["locations"]


class RoleForm(InvitationForm):
    """Another role for somebody who has one."""

    def __init__(self, operator_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(operator_id, *args, **kwargs)
        del self.fields["email"], self.fields["name"]


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What the key is for."))
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    expires_at = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [
                (each.value, wording.PERMISSIONS[each]) for each in Permission if principal.may(each)
            ]
