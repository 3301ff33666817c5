"""Fields of the tariffs' forms: exact numbers with point or comma, times of day, days, moments."""

from __future__ import annotations

from typing import Any

from django import forms

_CLOCK = "%H:%M"
_DAY = "%Y-%m-%d"
_MOMENT = "%Y-%m-%dT%H:%M"


class NumberField(forms.DecimalField):
    """An exact number from 0 on; a comma counts as its point, as many people write it."""

    def __init__(self, **more: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        given = {"min_value": 0, "max_value": 10**9, "required": False, **more}
        super().__init__(widget=forms.TextInput(attrs=attrs), **given)

    def to_python(self, value: Any) -> Any:
        """Read the text; `0,49` is 0.49."""
        text = str(value or "").strip()
        if text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        return super().to_python(text)


class CountField(forms.IntegerField):
    """A whole number from 0 on."""

    def __init__(self, **more: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off"}
        given = {"min_value": 0, "max_value": 10**6, "required": False, **more}
        super().__init__(widget=forms.TextInput(attrs=attrs), **given)


class ClockField(forms.TimeField):
    """A time of day, to the minute."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format=_CLOCK)
        super().__init__(widget=widget, input_formats=[_CLOCK, "%H:%M:%S"], **{"required": False, **more})


class DayField(forms.DateField):
    """A day of the calendar."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format=_DAY)
        super().__init__(widget=widget, input_formats=[_DAY], **{"required": False, **more})


class MomentField(forms.DateTimeField):
    """A day and time in the operator's time zone."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
        super().__init__(widget=widget, input_formats=[_MOMENT, "%Y-%m-%dT%H:%M:%S"], **more)
