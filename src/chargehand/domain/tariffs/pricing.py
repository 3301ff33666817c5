"""The price of a session: one pure, exact function for running cost, final cost, CDR and invoice."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from chargehand.domain.tariffs import limits
from chargehand.domain.tariffs.decimals import decimal_text
from chargehand.domain.tariffs.elements import Tariff, TariffDimensionType, TariffError
from chargehand.domain.tariffs.periods import Piece, split
from chargehand.domain.tariffs.plans import Offer, Plan, choose, make_plan
from chargehand.domain.tariffs.sessions import (
    MICROSECONDS_PER_HOUR,
    CdrDimensionType,
    Session,
    Span,
    lay_out,
)
from chargehand.domain.tariffs.steps import Charge, Ledger
from chargehand.domain.tariffs.taxes import Amounts, adds_tax_later, find_tax_factor, make_taxing
from chargehand.domain.tariffs.trace import TraceEntry, TraceNote
from chargehand.kernel.money import Money, Rounding, exponent_of

RESERVATION_TIME: Final = "RESERVATION_TIME"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """What one price component (or a limit) bills.

    ``type`` is a TariffDimensionType, RESERVATION_TIME, MIN_PRICE or MAX_PRICE; ``volume`` is billed
    kWh, hours or a count, after the step size; ``element`` counts from zero in the tariff's list and is
    ``None`` for a limit; ``is_reservation`` says that it bills the reservation. Amounts are exact, in
    major units, ``None`` where the tariff can't tell.
    """

    type: str
    volume: Fraction
    price: Decimal | None
    before_taxes: Fraction | None
    after_taxes: Fraction | None
    tax_percent: Decimal | None
    element: int | None
    is_reservation: bool = False


@dataclass(frozen=True, slots=True)
class SessionPrice:
    """A priced session: lines that add up to the totals, and the trace of how they came about."""

    currency: str
    before_taxes: Fraction | None
    after_taxes: Fraction | None
    lines: tuple[PriceLine, ...]
    trace: tuple[TraceEntry | TraceNote, ...]
    rounding: Rounding = Rounding.HALF_UP

    @property
    def rounded_before_taxes(self) -> Money | None:
        """The total before taxes in whole minor units."""
        return self._round(self.before_taxes)

    @property
    def rounded_after_taxes(self) -> Money | None:
        """The total after taxes in whole minor units."""
        return self._round(self.after_taxes)

    def _round(self, amount: Fraction | None) -> Money | None:
        return None if amount is None else Money.of(amount, self.currency, self.rounding)


def price(
    tariff: Tariff,
    session: Session,
    zone: ZoneInfo,
    *,
    rounding: Rounding = Rounding.HALF_UP,
) -> SessionPrice:
    """Price a session, running or ended, by the tariff that was shown at its start.

    ``zone`` is the time zone of the location. The result is exact; only the two rounded totals use
    ``rounding``. Source: OCPI 2.2.1 and 2.3.0, mod_tariffs and mod_cdrs.

    Raises:
        TariffError: the tariff or the session says something impossible, in one sentence.
    """
    return Pricer(tariff, zone, rounding=rounding).price(session)


class Pricer:
    """A tariff at a location, made ready to price many sessions."""

    def __init__(self, tariff: Tariff, zone: ZoneInfo, *, rounding: Rounding = Rounding.HALF_UP) -> None:
        exponent_of(tariff.currency)
        self._tariff = tariff
        self._zone = zone
        self._rounding = rounding
        self._plan = make_plan(tariff)

    def price(self, session: Session) -> SessionPrice:
        """Price one session.

        Raises:
            TariffError: the session says something impossible or is not of this tariff's time or currency.
        """
        _check(self._tariff, session)
        spans = lay_out(session)
        trace: list[TraceEntry | TraceNote] = [TraceNote(note) for span in spans for note in span.notes]
        ledger = Ledger()
        usage = _Usage(self._plan, session.reservation_expired)
        for entry in usage.walk(split(spans, self._plan, self._zone)):
            trace.append(entry)
            if entry.offer is not None:
                ledger.book(entry.offer, entry.volume)
        ledger.apply_steps(is_rough=any(span.is_rough for span in spans))
        trace.extend(_step_notes(ledger.charges.values()))
        lines, totals = self._settle(ledger.charges.values(), session, spans)
        trace.extend(_limit_notes(lines))
        return SessionPrice(
            self._tariff.currency, totals[0], totals[1], tuple(lines), tuple(trace), self._rounding
        )

    def _settle(
        self, charges: Iterable[Charge], session: Session, spans: list[Span]
    ) -> tuple[list[PriceLine], Amounts]:
        is_open = adds_tax_later(self._zone.key or "UTC", self._tariff.currency, session.country)
        tax = make_taxing(self._tariff, is_open=is_open)
        lines: list[PriceLine] = []
        for charge in charges:
            component = charge.offer.component
            volume = _billed_volume(charge)
            before, after = tax(volume * charge.offer.price, component.vat)
            offer = charge.offer
            lines.append(
                PriceLine(
                    type=_line_type(offer),
                    volume=volume,
                    price=component.price,
                    before_taxes=before,
                    after_taxes=after,
                    tax_percent=component.vat,
                    element=offer.element,
                    is_reservation=offer.reserves,
                )
            )
        totals = _add_up(lines)
        has_charged = any(not span.is_reservation for span in spans)
        bounds = [(limits.MIN_PRICE, self._tariff.min_price if has_charged else None)]
        bounds.append((limits.MAX_PRICE, self._tariff.max_price))
        for kind, limit in bounds:
            factor = None if limit is None else find_tax_factor(self._tariff, is_open=is_open)
            adjustment = limits.adjust(totals, limit, kind, factor)
            if adjustment is not None:
                before, after = adjustment.amounts
                lines.append(PriceLine(kind, Fraction(1), None, before, after, None, None))
                totals = _add_up(lines)
        return lines, totals


def _check(tariff: Tariff, session: Session) -> None:
    if session.currency is not None and session.currency != tariff.currency:
        raise TariffError(f"The session is in {session.currency} and the tariff in {tariff.currency}.")
    if tariff.start_date_time is not None and session.start < tariff.start_date_time:
        raise TariffError(f"The tariff begins on {_day(tariff.start_date_time)}, after the session's start.")
    if tariff.end_date_time is not None and session.start >= tariff.end_date_time:
        raise TariffError(f"The tariff ended on {_day(tariff.end_date_time)}, before the session's start.")


def _day(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


class _Usage:
    """Walks over the pieces of a session and chooses an offer for each volume in each."""

    def __init__(self, plan: Plan, expired: bool) -> None:
        self._charging = plan.charging
        self._reserved = plan.expired if expired else plan.reserved
        self._flat_pending = {False: True, True: True}

    def walk(self, pieces: Iterable[Piece]) -> Iterator[TraceEntry]:
        """Yield one entry per volume of each piece; a FLAT once for charging and once for reserving."""
        kind = CdrDimensionType
        for piece in pieces:
            span = piece.span
            if kind.RESERVATION_TIME in span.times:
                yield from self._flat(piece, reserves=True)
                time = piece.time(kind.RESERVATION_TIME)
                offers = self._reserved.get(TariffDimensionType.TIME, [])
                yield _enter(RESERVATION_TIME, piece, time, offers)
            if span.is_reservation:
                continue
            yield from self._flat(piece, reserves=False)
            if kind.ENERGY in span.volumes:
                offers = self._charging.get(TariffDimensionType.ENERGY, [])
                yield _enter("ENERGY", piece, piece.energy, offers)
            for dimension in (kind.TIME, kind.PARKING_TIME):
                if dimension in span.times:
                    offers = self._charging.get(TariffDimensionType[dimension.name], [])
                    yield _enter(dimension.value, piece, piece.time(dimension), offers)

    def _flat(self, piece: Piece, *, reserves: bool) -> Iterator[TraceEntry]:
        group = self._reserved if reserves else self._charging
        if not self._flat_pending[reserves]:
            return
        offers = group.get(TariffDimensionType.FLAT, [])
        offer = choose(offers, piece.moment)
        if offer is not None:
            self._flat_pending[reserves] = False
            yield TraceEntry("FLAT", piece.start, piece.start, 1, offer, piece.moment, tuple(offers))


def _enter(kind: str, piece: Piece, volume: Fraction | int, offers: list[Offer]) -> TraceEntry:
    offer = choose(offers, piece.moment)
    return TraceEntry(kind, piece.start, piece.end, volume, offer, piece.moment, tuple(offers))


def _line_type(offer: Offer) -> str:
    if offer.reserves and offer.component.type is TariffDimensionType.TIME:
        return RESERVATION_TIME
    return offer.component.type.value


def _is_time(offer: Offer) -> bool:
    return offer.component.type in {TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME}


def _billed_volume(charge: Charge) -> Fraction:
    volume = charge.volume + charge.added
    return Fraction(volume, MICROSECONDS_PER_HOUR) if _is_time(charge.offer) else Fraction(volume)


def _add_up(lines: list[PriceLine]) -> Amounts:
    before, after = Fraction(0), Fraction(0)
    befores = [line.before_taxes for line in lines]
    afters = [line.after_taxes for line in lines]
    known_before = [amount for amount in befores if amount is not None]
    known_after = [amount for amount in afters if amount is not None]
    return (
        sum(known_before, before) if len(known_before) == len(befores) else None,
        sum(known_after, after) if len(known_after) == len(afters) else None,
    )


def _step_notes(charges: Iterable[Charge]) -> Iterator[TraceNote]:
    for charge in charges:
        if charge.added > 0:
            component = charge.offer.component
            if _is_time(charge.offer):
                added, unit = decimal_text(Fraction(charge.added, 1_000_000)), "seconds"
            else:
                added, unit = decimal_text(charge.added * 1000), "Wh"
            yield TraceNote(
                f"The step size of {component.step_size} {unit} in element {charge.offer.element} "
                f"adds {added} {unit} of {_line_type(charge.offer)}."
            )


def _limit_notes(lines: Iterable[PriceLine]) -> Iterator[TraceNote]:
    for line in lines:
        if line.type == limits.MIN_PRICE:
            yield TraceNote("The tariff's minimum price raises the total.")
        elif line.type == limits.MAX_PRICE:
            yield TraceNote("The tariff's maximum price lowers the total.")
