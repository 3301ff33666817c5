"""A tariff being written: the forms of the editor, what is missing in them, and the tariff they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _

from chargehand.domain.tariffs import canonical
from chargehand.domain.tariffs.elements import Tariff, TariffError
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.interfaces.console.tariffs import texts
from chargehand.interfaces.console.tariffs.forms import ExampleForm, HeadForm, RowForm, SavingForm
from chargehand.interfaces.console.tariffs.typed import Row, Typed


def fill(kind: type[forms.Form], values: Row, prefix: str, *, is_checked: bool) -> Any:
    """A form with these texts: checked, with errors under the fields, or only shown."""
    stem = f"{prefix}-" if prefix else ""
    if not is_checked:
        return kind(initial=values, prefix=prefix or None)
    return kind(cast("Any", {stem + name: value for name, value in values.items()}), prefix=prefix or None)


class Draft:
    """The editor's forms over what was typed.

    `currency` is that of a tariff that exists, which keeps it. `tariff` is None until all is said;
    `problems` then names what is missing.
    """

    def __init__(self, typed: Typed, *, currency: str = "", is_checked: bool = True) -> None:
        self.typed = typed
        if currency:
            typed.head["currency"] = currency
        self.head: HeadForm = fill(HeadForm, typed.head, "", is_checked=is_checked)
        self.saving: SavingForm = fill(SavingForm, typed.head, "", is_checked=is_checked)
        self.example: ExampleForm = fill(ExampleForm, typed.example, "ex", is_checked=is_checked)
        self.rows: list[RowForm] = [
            fill(RowForm, row, f"row-{at}", is_checked=is_checked) for at, row in enumerate(typed.rows)
        ]
        if currency:
            self.head.fields["currency"].widget = forms.HiddenInput()
        self.problems: list[str] = []
        self.tariff = self._make() if is_checked else None

    def _make(self) -> Tariff | None:
        for at, row in enumerate(self.rows):
            if row.is_valid() and not texts.is_priced(row.cleaned_data):
                row.add_error("energy", _("Give this price an amount, or remove it. Free is 0."))
            self.problems += _problems(row, _("Price %d") % (at + 1))
        self.problems = [*_problems(self.head), *self.problems]
        if not self.rows:
            self.problems.append(_("The tariff has no price yet. Add one."))
        if self.problems:
            return None
        try:
            rest = read_tariff(self.typed.rest) if self.typed.rest else None
            made = texts.make_tariff(self.head.cleaned_data, [row.cleaned_data for row in self.rows], rest)
            return canonical.read(canonical.write(made).text)
        except TariffError as error:
            self.problems.append(str(error))
            return None


def _problems(form: forms.Form, name: str = "") -> Iterator[str]:
    for field, errors in form.errors.items():
        label = str(form.fields[field].label) if field in form.fields else ""
        where = ", ".join(part for part in (name, label) if part)
        yield from (f"{where}: {error}" for error in errors)
