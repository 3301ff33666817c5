"""What a session rests on, laid out for a page: times as told and as believed, meter, records."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import formats as dates
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging.queries import CdrView, TransactionDetail
from chargehand.interfaces.console import session_words, wording
from chargehand.interfaces.ui import formats


def facts_of(principal: Principal, detail: TransactionDetail) -> list[tuple[str, str | None]]:
    """Terms and values about a session; None where nobody knows."""
    view = detail.transaction
    return [
        (_("Token"), wording.token_word(principal, view.token_uid) or None),
        (_("Answer to the token"), view.authorization or None),
        (_("Began"), write_time(view.started_at)),
        (_("Began, by the station's clock"), write_time(detail.started_station_time)),
        (_("Told at"), write_time(detail.started_received_at)),
        (_("Ended"), write_time(view.ended_at)),
        (_("Ended, by the station's clock"), write_time(detail.ended_station_time)),
        (_("End told at"), write_time(detail.ended_received_at)),
        (_("Why it ended"), session_words.reason_sentence(view.stop_reason) if view.stop_reason else None),
        (_("Meter at the start"), _register(view.meter_start_wh)),
        (_("Meter at the end"), _register(view.meter_stop_wh)),
        (_("The station's number for it"), view.station_ref or str(view.id)),
        (_("Remote start"), str(view.remote_start_id) if view.remote_start_id is not None else None),
    ]


def record_of(cdr: CdrView) -> dict[str, Any]:
    """A charge detail record for a page."""
    return {
        "version": cdr.version,
        "issued_at": cdr.issued_at,
        "energy_wh": cdr.energy_wh,
        "seconds": int((cdr.ended_at - cdr.started_at).total_seconds()),
        "periods": [_period(period) for period in cdr.periods],
        "flags": [session_words.flag_sentence(flag) for flag in cdr.flags],
    }


def write_time(value: datetime | None) -> str | None:
    """A time in the operator's zone, to the second; None stays None."""
    if value is None:
        return None
    return dates.date_format(timezone.localtime(value), "Y-m-d H:i:s")


def _register(value: Decimal | None) -> str | None:
    return None if value is None else formats.write_energy(value, 3)


def _period(period: dict[str, Any]) -> dict[str, Any]:
    """A charging period as JSON holds it: its start, and what flowed, by OCPI's dimensions."""
    start = next(
        (period[name] for name in ("start", "start_date_time", "started_at", "at") if name in period), ""
    )
    dimensions = period.get("dimensions", {})
    pairs = (
        dimensions.items() if isinstance(dimensions, dict) else ((d["type"], d["volume"]) for d in dimensions)
    )
    return {"start": start, "dimensions": [(str(name), str(volume)) for name, volume in pairs]}
