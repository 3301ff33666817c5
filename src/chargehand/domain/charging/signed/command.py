"""`chargehand verify-meter`: says of each signed record in a file whether it may be billed, and why."""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from chargehand.domain.charging.signed.records import SignedRecordError, Verdict
from chargehand.domain.charging.signed.transactions import TransactionVerdict, judge_transactions
from chargehand.domain.charging.signed.verification import verify

REFUSED: Final = 1
UNREADABLE: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chargehand verify-meter` to a parser."""
    parser.description = "Verify signed meter readings: OCMF, ALFEN, EDL40_SIG and PCDF."
    parser.add_argument("file", type=Path, metavar="FILE", help="records, plain or wrapped; - reads stdin")
    parser.add_argument(
        "--public-key",
        metavar="K",
        help="the meter's key from the register, as text or the name of a file that holds it",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(namespace: argparse.Namespace) -> int:
    """Print a verdict per record and per transaction.

    Returns 0 when every record and transaction is accepted, 1 when one is refused, 2 with one sentence
    on stderr when the file holds no record that can be read.
    """
    try:
        data = sys.stdin.buffer.read() if str(namespace.file) == "-" else namespace.file.read_bytes()
        verdicts = verify(data, _load_key(namespace.public_key))
    except SignedRecordError as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    except OSError as error:
        sys.stderr.write(f"{error.filename} cannot be read: {error.strerror}.\n")
        return UNREADABLE
    transactions = judge_transactions(verdicts, may_be_several=True)
    for number, verdict in enumerate(verdicts, start=1):
        _print(_describe_record(number, verdict), as_json=namespace.json)
    for number, transaction in enumerate(transactions, start=1):
        _print(_describe_transaction(number, transaction), as_json=namespace.json)
    is_good = all(verdict.is_accepted for verdict in verdicts)
    return 0 if is_good and all(found.is_billable for found in transactions) else REFUSED


def _load_key(text: str | None) -> str | None:
    """Return the key given as text, or the content of the file it names; DER becomes hexadecimal."""
    if text is None or "\n" in text:
        return text
    try:
        data = Path(text).read_bytes() if Path(text).is_file() else None
    except (OSError, ValueError):
        return text
    if data is None:
        return text
    return data.decode("ascii") if data.isascii() else data.hex()


def _describe_record(number: int, verdict: Verdict) -> dict[str, object]:
    content = verdict.content
    readings = [] if content is None else content.readings
    return {
        "record": number,
        "format": verdict.format.value,
        "verdict": "accepted" if verdict.is_accepted else "refused",
        "signature": verdict.signature.value,
        "reason": verdict.reason,
        "cautions": list(verdict.cautions),
        "meter": "" if content is None else content.meter,
        "readings": [
            {
                "kind": reading.kind.value,
                "energy_wh": f"{reading.energy:f}",
                "register": reading.register,
                "time": None if reading.time is None else reading.time.isoformat(),
            }
            for reading in readings
        ],
        "public_key": verdict.key,
        "key_from": "record" if verdict.is_own_key else "register",
    }


def _describe_transaction(number: int, found: TransactionVerdict) -> dict[str, object]:
    return {
        "transaction": found.transaction or number,
        "verdict": "billable" if found.is_billable else "not billable",
        "energy_wh": None if found.energy is None else f"{found.energy:f}",
        "reason": found.reason,
    }


def _print(fields: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
        return
    name = "record" if "record" in fields else "transaction"
    kind = f" ({fields['format']})" if "format" in fields else ""
    sys.stdout.write(f"{name} {fields[name]}{kind}: {fields['verdict']}: {fields['reason']}\n")
    if fields.get("energy_wh") is not None:
        sys.stdout.write(f"  energy {fields['energy_wh']} Wh\n")
    cautions = fields.get("cautions")
    if isinstance(cautions, list):
        sys.stdout.writelines(f"  note: {caution}\n" for caution in cautions)
