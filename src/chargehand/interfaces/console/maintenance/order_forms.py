"""Forms of work orders: a new one, and how to get in at a site."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from chargehand.domain.maintenance import checklists
from chargehand.interfaces.console.maintenance import order_words


class OrderForm(forms.Form):
    """A new work order."""

    station = forms.CharField(label=_("Charger"), max_length=48, help_text=_("Its identity, such as 4107."))
    plug = forms.CharField(
        label=_("Plug"), max_length=2, required=False, help_text=_("A letter; empty: the whole charger.")
    )
    title = forms.CharField(label=_("What is to be done"), max_length=255)
    why = forms.CharField(
        label=_("Why"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    checklist = forms.ChoiceField(
        label=_("Steps"),
        initial="inspection",
        choices=[(key, each.name) for key, each in checklists.TEMPLATES.items()],
    )
    priority = forms.TypedChoiceField(
        label=_("How urgent"),
        coerce=int,
        initial=2,
        choices=[(number, word) for number, (_look, word) in order_words.PRIORITIES.items()],
    )
    due_at = forms.DateTimeField(
        label=_("Due"),
        required=False,
        help_text=_("Empty: as the urgency asks, 4 hours to 14 days."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    access_notes = forms.CharField(
        label=_("How to get in, this time"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    parts = forms.CharField(
        label=_("What to bring"),
        required=False,
        max_length=2000,
        help_text=_("One part a line; empty: what the steps usually need."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SiteNoteForm(forms.Form):
    """How technicians get in at a site."""

    directions = forms.CharField(
        label=_("Way"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    gate_code = forms.CharField(label=_("Gate code"), required=False, max_length=64)
    contact = forms.CharField(label=_("Contact"), required=False, max_length=255)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=64)
