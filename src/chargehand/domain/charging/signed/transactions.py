"""What law asks of the records of a transaction together: one begin, one end, one meter, no gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chargehand.domain.charging.signed.obis import is_energy_import
from chargehand.domain.charging.signed.records import (
    MeterReading,
    ReadingKind,
    RecordContent,
    RecordFormat,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class TransactionVerdict:
    """Whether the records of a transaction may be billed together, and the energy they prove in Wh.

    ``registers`` gives the Wh by OBIS code; ``energy`` is that of the one register that counts what
    vehicles took, ``None`` where faults forbid billing or several registers leave it open.
    """

    is_billable: bool
    reason: str
    energy: Decimal | None
    registers: dict[str, Decimal]
    transaction: str | None = None


def judge_transactions(
    verdicts: Sequence[Verdict], *, may_be_several: bool = False
) -> tuple[TransactionVerdict, ...]:
    """Put verdicts on records together to transactions and judge each.

    A record that holds begin and end is a transaction of its own; others belong together by their
    transaction's id, or without one by meter and format. Where several transactions of a meter may stand
    without ids, as in a file, a begin after an end starts the next one, in the order of the pages.
    """
    groups: dict[tuple[str, ...], list[Verdict]] = {}
    for index, verdict in enumerate(verdicts):
        content = verdict.content
        if content is None or _is_whole(content):
            groups[("record", str(index))] = [verdict]
        else:
            name = verdict.transaction or content.meter
            groups.setdefault(("transaction", verdict.format.value, name), []).append(verdict)
    found: list[TransactionVerdict] = []
    for group in groups.values():
        parts = _part(group) if may_be_several and group[0].transaction is None else [group]
        found.extend(judge_transaction(part) for part in parts)
    return tuple(found)


def _part(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """Part the records of a meter where a begin follows an end."""
    parts: list[list[Verdict]] = [[]]
    has_ended = False
    for verdict in sorted(verdicts, key=lambda each: (each.content and each.content.page) or 0):
        kinds = {reading.kind for reading in verdict.content.readings} if verdict.content else set()
        if ReadingKind.BEGIN in kinds and has_ended:
            parts.append([])
            has_ended = False
        has_ended = has_ended or ReadingKind.END in kinds
        parts[-1].append(verdict)
    return parts


def _is_whole(content: RecordContent) -> bool:
    kinds = {reading.kind for reading in content.readings}
    return {ReadingKind.BEGIN, ReadingKind.END} <= kinds


def judge_transaction(verdicts: Sequence[Verdict]) -> TransactionVerdict:
    """Judge the records of one transaction, given in any order."""
    refused = [verdict.reason for verdict in verdicts if not verdict.is_accepted]
    contents = [verdict.content for verdict in verdicts if verdict.content is not None]
    name = next((verdict.transaction for verdict in verdicts if verdict.transaction), None)
    if refused:
        return TransactionVerdict(
            is_billable=False, reason=refused[0], energy=None, registers={}, transaction=name
        )
    ordered = sorted(contents, key=lambda content: content.page or 0)
    if verdicts[0].format is RecordFormat.EDL40_SIG:
        ordered = _mark_edges(ordered)
    faults = [*_fit_together(ordered), *_count_pages(ordered)]
    if len({verdict.key for verdict in verdicts}) > 1:
        faults.append("The records are signed with different keys.")
    readings = _readings(ordered)
    registers, wrong = _measure(readings)
    faults.extend(wrong)
    imports = [code for code in registers if is_energy_import(code) or not code or len(registers) == 1]
    energy = registers[imports[0]] if len(imports) == 1 and not faults else None
    reason = " ".join(faults) or "The records prove the energy of the transaction."
    if not faults and energy is None:
        reason = "Several registers prove an energy; the contract says which is billed."
    return TransactionVerdict(
        is_billable=not faults, reason=reason, energy=energy, registers=registers, transaction=name
    )


def _readings(contents: Iterable[RecordContent]) -> list[MeterReading]:
    return [reading for content in contents for reading in content.readings]


def _mark_edges(ordered: list[RecordContent]) -> list[RecordContent]:
    """Call the first page of an EDL40 pair the begin and the last the end, where the meter does not."""
    if len(ordered) != 2 or any(reading.kind is not ReadingKind.OTHER for reading in _readings(ordered)):
        return ordered
    return [
        replace(content, readings=tuple(replace(reading, kind=kind) for reading in content.readings))
        for content, kind in zip(ordered, (ReadingKind.BEGIN, ReadingKind.END), strict=True)
    ]


def _fit_together(contents: Sequence[RecordContent]) -> Iterable[str]:
    if len({content.meter for content in contents}) > 1:
        yield "The records are of different meters."
    if len({content.identity for content in contents if content.identity}) > 1:
        yield "The records are of different users."
    if len({content.series for content in contents}) > 1:
        yield "The records are of different sessions, page counters or states of the logbook."


def _count_pages(ordered: Sequence[RecordContent]) -> Iterable[str]:
    pages = [content.page for content in ordered if content.page is not None]
    if len(pages) != len(ordered) and len(ordered) > 1:
        yield "A record has no page number."
    if len(set(pages)) < len(pages):
        yield "A page number comes twice."
    elif pages and pages[-1] - pages[0] != len(pages) - 1:
        yield "The page numbers have a gap."


def _measure(readings: Sequence[MeterReading]) -> tuple[dict[str, Decimal], list[str]]:
    """Return the Wh between begin and end by register, and what is wrong with begins and ends."""
    energies: dict[str, Decimal] = {}
    faults: list[str] = []
    for code in dict.fromkeys(reading.register for reading in readings):
        begins, ends = (
            [reading for reading in readings if reading.register == code and reading.kind is kind]
            for kind in (ReadingKind.BEGIN, ReadingKind.END)
        )
        if len(begins) != 1 or len(ends) != 1:
            faults.append(f"Register {code} has {len(begins)} begins and {len(ends)} ends, not one of each.")
            continue
        begin, end = begins[0], ends[0]
        if end.energy < begin.energy:
            faults.append(f"Register {code} is lower at the end than at the begin.")
        if _is_before(end, begin):
            faults.append("The end is before the begin.")
        energies[code] = end.energy - begin.energy
    if not readings:
        faults.append("There is no reading of an energy register.")
    return energies, faults


def _is_before(first: MeterReading, second: MeterReading) -> bool:
    """Compare times where both are known and both with or both without a zone."""
    if first.time is None or second.time is None:
        return False
    if (first.time.tzinfo is None) != (second.time.tzinfo is None):
        return False
    return first.time < second.time
