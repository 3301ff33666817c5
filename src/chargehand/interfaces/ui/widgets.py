"""Form widgets that Django does not have: switch and segmented control."""

from django import forms


class Switch(forms.CheckboxInput):
    """A setting that is on or off at once; use a plain checkbox to agree to something."""

    is_switch = True

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__({"role": "switch", **(attrs or {})})


class Segmented(forms.RadioSelect):
    """One of two to five short choices, all visible."""

    template_name = "ui/widgets/segmented.html"
