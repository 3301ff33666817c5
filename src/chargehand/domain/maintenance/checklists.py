"""What is done at a station, step by step, and what a recorded step may hold: templates by kind of work."""

from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

ItemKind: TypeAlias = Literal["check", "measurement", "photo", "text", "test-charge"]
LONGEST_TEXT: Final = 4000


class ItemSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A step: `least` and `most` bound a measurement in `unit`; a photo's value is the list of its files' ids."""

    key: str
    kind: ItemKind
    text: str | Promise
    unit: str = ""
    least: float | None = None
    most: float | None = None
    is_required: bool = True


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """A template: its name, what to bring, its steps."""

    name: str | Promise
    parts: tuple[str | Promise, ...]
    items: tuple[ItemSpec, ...]


def _check(key: str, text: str | Promise) -> ItemSpec:
    return ItemSpec(key=key, kind="check", text=text)


def _measure(
    key: str, text: str | Promise, unit: str, *, least: float | None = None, most: float | None = None
) -> ItemSpec:
    return ItemSpec(key=key, kind="measurement", text=text, unit=unit, least=least, most=most)


def _photo(key: str, text: str | Promise) -> ItemSpec:
    return ItemSpec(key=key, kind="photo", text=text, is_required=False)


_ISOLATE = _check("isolate", lazy("Isolate, lock and prove dead"))
_SIGN = _photo("sign", lazy("Sign and QR code: no foreign sticker, price and number right"))
_TEST = ItemSpec(key="test-charge", kind="test-charge", text=lazy("Charge a car or tester for two minutes"))
# IEC 60364-6 table 6.1 asks 1 MΩ of circuits above 50 V up to 500 V; an RCD of 30 mA trips within 300 ms.
_INSULATION = _measure("insulation", lazy("Insulation to earth"), "MΩ", least=1.0)
_RCD = _measure("rcd-time", lazy("Residual current device: time to trip at 30 mA"), "ms", most=300.0)

TEMPLATES: Final[dict[str, Checklist]] = {
    "inspection": Checklist(
        name=lazy("Look at it"),
        parts=(),
        items=(
            _check("look", lazy("Look at housing, cable, plug and display")),
            ItemSpec(key="found", kind="text", text=lazy("What was wrong")),
            _photo("photo", lazy("Photo of what was found")),
            _SIGN,
            _TEST,
        ),
    ),
    "ground-fault": Checklist(
        name=lazy("Ground fault or isolation"),
        parts=(lazy("Gland kit"), lazy("Insulation tester"), lazy("Residual current tester")),
        items=(
            _ISOLATE,
            _check("wet", lazy("Look for water in plug, cable gland and housing")),
            _INSULATION,
            _RCD,
            _photo("photo", lazy("Photo of the repaired place")),
            _TEST,
        ),
    ),
    "connector": Checklist(
        name=lazy("Plug, cable or lock"),
        parts=(lazy("Cable with plug"), lazy("Lock actuator"), lazy("Contact cleaner")),
        items=(
            _ISOLATE,
            _check("contacts", lazy("Look for burnt or loose contacts")),
            _measure("contact-resistance", lazy("Contact resistance"), "mΩ", most=5.0),
            _check("lock", lazy("Lock and unlock the plug ten times")),
            _photo("photo", lazy("Photo of the plug")),
            _TEST,
        ),
    ),
    "contactor": Checklist(
        name=lazy("Contactor"),
        parts=(lazy("Contactor"), lazy("Voltage tester")),
        items=(
            _ISOLATE,
            _measure("voltage-open", lazy("Voltage at the plug while nothing charges"), "V", most=60.0),
            _check("exchange", lazy("Exchange the contactor if it sticks or is worn")),
            _TEST,
        ),
    ),
    "cooling": Checklist(
        name=lazy("Fan and filter"),
        parts=(lazy("Fan"), lazy("Filter mat")),
        items=(
            _check("filter", lazy("Clean or exchange the filter")),
            _check("fan", lazy("Fan turns freely and evenly")),
            _measure(
                "temperature", lazy("Temperature inside after ten minutes of charging"), "°C", most=60.0
            ),
            _TEST,
        ),
    ),
    "meter": Checklist(
        name=lazy("Meter"),
        parts=(lazy("Reference meter"),),
        items=(
            _check("wiring", lazy("Direction of current transformers and phases")),
            _measure("deviation", lazy("Deviation from the reference meter"), "%", least=-2.0, most=2.0),
            _photo("photo", lazy("Photo of the meter's display and seals")),
            _TEST,
        ),
    ),
    "communication": Checklist(
        name=lazy("Connection and controller"),
        parts=(lazy("SIM card"), lazy("Antenna"), lazy("Modem")),
        items=(
            _check("power", lazy("Supply is there, breakers are on")),
            _measure("signal", lazy("Signal strength"), "dBm", least=-105.0),
            _check("online", lazy("Station is connected again")),
            _TEST,
        ),
    ),
    "supply": Checklist(
        name=lazy("Supply"),
        parts=(lazy("Voltage tester"),),
        items=(
            _measure("l1", lazy("Voltage L1 to neutral"), "V", least=207.0, most=253.0),
            _measure("l2", lazy("Voltage L2 to neutral"), "V", least=207.0, most=253.0),
            _measure("l3", lazy("Voltage L3 to neutral"), "V", least=207.0, most=253.0),
            _check("terminals", lazy("Terminals are tight")),
            _TEST,
        ),
    ),
    "payment": Checklist(
        name=lazy("Card reader or payment terminal"),
        parts=(lazy("Card reader"), lazy("Test card")),
        items=(
            _check("test-card", lazy("Test card is read at the first try")),
            _check("skimmer", lazy("Nothing is stuck on or in the terminal")),
            _SIGN,
            _TEST,
        ),
    ),
    "vandalism": Checklist(
        name=lazy("Damage by people"),
        parts=(lazy("Cable with plug"), lazy("Camera")),
        items=(
            ItemSpec(key="before", kind="photo", text=lazy("Photos of the damage, for police and insurer")),
            _ISOLATE,
            _INSULATION,
            ItemSpec(key="reference", kind="text", text=lazy("Police reference"), is_required=False),
            _TEST,
        ),
    ),
    "safety-test": Checklist(
        name=lazy("Safety test that comes again"),
        parts=(lazy("Insulation tester"), lazy("Residual current tester")),
        items=(
            _ISOLATE,
            _INSULATION,
            _RCD,
            _measure("earth", lazy("Resistance of the protective conductor"), "Ω", most=1.0),
            _SIGN,
            _TEST,
        ),
    ),
}


def is_measured_well(value: object, *, least: float | None, most: float | None) -> bool:
    """Tell whether a measurement is there and within its limits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (least is None or value >= least) and (most is None or value <= most)


def problem_with(kind: str, value: Any) -> str:
    """Return what is wrong with a value for a step of this kind, in a sentence; "" where it fits.

    None takes back what was recorded.
    """
    if value is None:
        return ""
    if kind in {"check", "test-charge"}:
        return "" if isinstance(value, bool) else _("A check is done or not done.")
    if kind == "measurement":
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
        return "" if is_number else _("A measurement is a number.")
    if kind == "photo":
        return _("Photos are sent as files.")
    fits = isinstance(value, str) and len(value) <= LONGEST_TEXT
    return "" if fits else _("Write a text of %d characters at most.") % LONGEST_TEXT
