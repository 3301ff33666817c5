"""Example values for the style guide; none of them is anyone's data."""

import math
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse

from chargehand.interfaces.ui import states
from chargehand.interfaces.ui.widgets import Segmented, Switch
from chargehand.kernel.money import Money

SITES = (
    "Hafengarage",
    "Bahnhof Süd",
    "Markt 5",
    "Ring-Center P2",
    "Uni Nord",
    "Stadtwerke Nordwest-Betriebshof",
)
PLACES = ((53.55, 9.99), (52.52, 13.4), (50.94, 6.96), (48.14, 11.58), (51.05, 13.74))
STATE_CYCLE = (
    "ready",
    "ready",
    "charging",
    "ready",
    "charging",
    "attention",
    "ready",
    "offline",
    "broken",
    "reserved",
)


class ExampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="What drivers read on the sign.", max_length=40)
    power = forms.IntegerField(label="Largest power, kW", min_value=1, max_value=1000)
    kind = forms.ChoiceField(label="Kind of site", choices=[("street", "Street"), ("garage", "Garage")])
    access = forms.ChoiceField(
        label="Open for",
        choices=[("all", "Everyone"), ("staff", "Staff"), ("none", "Nobody")],
        widget=Segmented,
    )
    plugs = forms.MultipleChoiceField(
        label="Plugs",
        choices=[("C", "Type 2"), ("K", "CCS")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    public = forms.BooleanField(
        label="Show on public maps", required=False, help_text="Takes effect at once.", widget=Switch
    )
    agree = forms.BooleanField(label="The cable has been checked")


class SignInForm(forms.Form):
    email = forms.EmailField(label="E-mail")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)


def frame(current: str) -> dict[str, Any]:
    """Give what the console's base template reads."""
    entries = [
        ("", "Overview", "overview", "o", 0, reverse("styleguide:overview")),
        ("", "Stations", "station", "s", 0, reverse("styleguide:stations")),
        ("", "Incidents", "incident", "i", 5, "#incidents"),
        ("", "Sessions", "session", "e", 0, "#sessions"),
        ("Money", "Billing", "billing", "b", 0, "#billing"),
        ("Money", "Tariffs", "tariff", "", 0, "#tariffs"),
        ("People", "Support", "support", "c", 2, "#support"),
        ("People", "Work orders", "work", "w", 0, "#work"),
        ("Insight", "Analytics", "analytics", "a", 0, "#analytics"),
        ("Insight", "Settings", "settings", "", 0, "#settings"),
        ("Style guide", "Parts", "grid", "p", 0, reverse("styleguide:parts")),
    ]
    nav = [
        {
            "group": group,
            "label": label,
            "icon": icon,
            "key": key,
            "count": count,
            "count_label": "open",
            "urgent": label == "Incidents",
            "url": url,
            "current": label == current,
        }
        for group, label, icon, key, count, url in entries
    ]
    return {"nav": nav, "search_url": reverse("styleguide:find")}


def parts(now: datetime) -> dict[str, Any]:
    """Give the values of the page that shows every part."""
    return {
        "page_age": now - timedelta(seconds=4),
        "states": list(states.WORDS),
        "now": now,
        "old": now - timedelta(minutes=41),
        "money": [Money(1381, "EUR"), Money(-250, "JPY"), Money(1250, "KWD"), Money(123_456_789, "EUR")],
        "crumbs": [("Stations", "#"), ("Hafengarage", "#")],
        "tabs": [
            {"label": "Timeline", "url": "#", "current": True},
            {"label": "Sessions", "url": "#", "count": 188},
            {"label": "Settings", "url": "#"},
            {"label": "Log", "url": "#"},
        ],
        "facts": [("Model", "Alpha 150"), ("Firmware", "2.3.1"), ("OCPP", "2.0.1"), ("Last fault", None)],
        "timeline": timeline(now),
        "diff": [
            ("Tariff", "€0.55 per kWh", "€0.59 per kWh"),
            ("Idle fee", None, "€0.10 per min"),
            ("VAT", "19 %", "19 %"),
        ],
        "commands": commands(now),
        "chart": power(now, with_gap=True),
        "strips": strips(),
    }


def overview(now: datetime) -> dict[str, Any]:
    """Give the values of the page that shows the parts at work together."""
    return {
        "page_age": now - timedelta(seconds=1),
        "problems": problems(),
        "strips": strips(),
        "load": load(now),
        "points": points(),
    }


def timeline(now: datetime) -> list[dict[str, Any]]:
    return [
        {"time": now, "text": "Booted", "detail": "fw 2.3.1, after restart by Mia", "state": "ready"},
        {"time": now - timedelta(seconds=48), "text": "Restart sent", "gap": "48 s without messages"},
        {
            "time": now - timedelta(minutes=4),
            "text": "Third start failed",
            "detail": "Paid, no current",
            "state": "attention",
            "url": "#",
        },
        {"time": now - timedelta(minutes=19), "text": "Connector lock failed on plug A", "state": "broken"},
        {
            "time": now - timedelta(days=1),
            "text": "Session ended",
            "detail": "31.2 kWh, €18.41",
            "state": "charging",
            "url": "#",
        },
    ]


def commands(now: datetime) -> list[dict[str, Any]]:
    sent = {"by": "Mia", "sent_at": now - timedelta(seconds=60)}
    answered = sent | {"answered_at": now - timedelta(seconds=59), "answer": "Accepted"}
    return [
        {"name": "Restart", **answered, "seen_at": now - timedelta(seconds=12), "seen": "booted"},
        {"name": "Unlock plug A", **answered},
        {
            "name": "Start charging",
            **answered,
            "answer": "Rejected",
            "refused": True,
            "problem_text": "Rejected: plug is reserved",
        },
        {
            "name": "Change limit to 32 A",
            **sent,
            "problem": "timed-out",
            "problem_text": "30 s without an answer",
        },
        {"name": "Clear cache", **answered, "expects_proof": False},
    ]


def strips() -> list[dict[str, Any]]:
    """Give 60 hours of availability of two sites."""
    low = {5: "offline", 9: "broken", 19: "offline", 33: "offline", 47: "broken"}
    return [
        {
            "site": site,
            "value": value,
            "bars": [
                {
                    "label": f"{hour} h ago",
                    "state": low.get(hour + shift, "charging" if (hour * 7 + shift) % 5 < 2 else "ready"),
                }
                for hour in range(60)
            ],
        }
        for site, value, shift in (
            ("Hafengarage", "92 %", 0),
            ("Bahnhof Süd", "95 %", 12),
            (SITES[5], "100 %", 100),
        )
    ]


def problems() -> list[dict[str, Any]]:
    rows = (
        ("4107", SITES[0], "broken", "Faulted · connector lock", 720, "3 failed starts, 1 caller waiting"),
        ("2210", SITES[1], "attention", "Starts failing · 4 of 6", 1560, "Payment authorised, no current"),
        ("1187", SITES[2], "offline", "Offline", 2460, "Site router also silent"),
        ("3302", SITES[3], "attention", "Slow · 31 of 150 kW", 480, "Cabinet temperature 68 °C"),
        ("0944", SITES[4], "broken", "Faulted · ground fault", 7500, "Work order 881, due 14:20"),
    )
    names = ("number", "site", "state", "word", "seconds", "evidence")
    return [dict(zip(names, row, strict=True)) for row in rows]


def load(now: datetime) -> dict[str, Any]:
    """Give 24 h of load in quarter-hour means."""
    start = int(now.timestamp()) // 900 * 900 - 96 * 900
    x = [start + at * 900 for at in range(97)]
    y: list[float | None] = [
        round(18 + 5 * math.sin(at / 11) + 1.2 * math.sin(at / 2.3), 1) for at in range(97)
    ]
    return {
        "unit": "MW",
        "x": x,
        "series": [{"label": "Load", "y": y}],
        "limits": [{"label": "Sum of site limits 31.0", "value": 31.0}],
    }


def power(now: datetime, *, with_gap: bool) -> dict[str, Any]:
    """Give 24 min of one session's power and the car's wish, with three minutes of silence."""
    start = int(now.timestamp()) - 24 * 60
    x = [start + at * 10 for at in range(145)]
    given = [
        None if with_gap and 60 <= at < 78 else round(min(92, at * 4) * (1 - at / 600), 1)
        for at in range(145)
    ]
    asked = [None if value is None else round(value * 1.06 + 2, 1) for value in given]
    return {
        "unit": "kW",
        "x": x,
        "series": [{"label": "Delivered", "y": given}, {"label": "Car asks", "y": asked}],
        "limits": [{"label": "Plug 150", "value": 150}],
        "marks": [{"label": "fw 2.3.1", "x": start + 200}],
    }


def points() -> list[dict[str, Any]]:
    """Give 120 stations round five places."""
    found = []
    for at in range(120):
        lat, lon = PLACES[at % 5 if at % 7 else 0]
        state = STATE_CYCLE[at % 10]
        found.append(
            {
                "id": at,
                "label": f"{4000 + at}",
                "lat": lat + 0.02 * math.sin(at),
                "lon": lon + 0.03 * math.cos(at * 1.7),
                "state": state,
                "word": str(states.WORDS[state]),
                "url": "#",
            }
        )
    return found


def station_rows(count: int) -> list[dict[str, Any]]:
    """Give rows as <station-list> reads them."""
    rows = []
    for at in range(count):
        state = STATE_CYCLE[at * 7 % 10]
        number = f"{1000 + at}"
        cells = {
            "number": number,
            "site": SITES[at % len(SITES)],
            "state": {"state": state, "word": str(states.WORDS[state]), "order": STATE_CYCLE.index(state)},
            "power": (11, 22, 150, 300)[at % 4],
            "sessions": at * 37 % 41,
            "firmware": "2.3.1" if at % 3 else "2.2.9",
        }
        rows.append({"id": at, "url": f"#station-{number}", "cells": cells})
    return rows


def as_result(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a row into a result of the palette."""
    cells = row["cells"]
    return {
        "label": cells["number"],
        "detail": cells["site"],
        "kind": "Charger",
        "url": row["url"],
        **cells["state"],
    }
