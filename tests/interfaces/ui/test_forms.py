"""Forms are labelled, explain their errors and keep the ids that tie both to the control."""

import re

import pytest
from django import forms

from chargehand.interfaces.ui.styleguide.examples import ExampleForm
from chargehand.interfaces.ui.widgets import Segmented

pytestmark = pytest.mark.usefixtures("look")


def test_every_control_of_a_form_has_a_label_or_a_legend() -> None:
    html = str(ExampleForm())
    ids = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html))
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    assert ids
    assert ids == labelled


def test_hint_and_error_are_tied_to_their_control() -> None:
    html = str(ExampleForm({"name": ""}))
    described = re.search(r'<input[^>]*name="name"[^>]*aria-describedby="([^"]+)"', html)
    assert described
    for name in described[1].split():
        assert f'id="{name}"' in html
    assert 'aria-invalid="true"' in html


def test_the_error_summary_links_to_ids_that_exist() -> None:
    html = str(ExampleForm({"name": "Markt"}))
    targets = re.findall(r'<li><a href="#([^"]+)">', html)
    assert len(targets) == 4
    assert [target for target in targets if f'id="{target}"' not in html] == []


def test_a_form_without_errors_has_no_summary() -> None:
    assert "data-error-summary" not in str(ExampleForm())


def test_an_error_of_the_whole_form_is_said_first() -> None:
    class Picky(forms.Form):
        name = forms.CharField()

        def clean(self) -> None:
            raise forms.ValidationError("These do not fit together.")

    html = str(Picky({"name": "a"}))
    assert html.index("These do not fit together.") < html.index('name="name"')


def test_optional_fields_say_so() -> None:
    html = str(ExampleForm()["note"].as_field_group())
    assert "(optional)" in html


def test_a_switch_is_announced_as_one() -> None:
    html = str(ExampleForm()["public"])
    assert 'role="switch"' in html


def test_a_segmented_control_is_radio_buttons() -> None:
    class Choice(forms.Form):
        kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=Segmented)

    html = str(Choice({"kind": "b"}))
    assert html.count('type="radio"') == 2
    assert re.search(r'value="b"[^>]*checked', html)
