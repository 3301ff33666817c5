"""`chargehand simulate-fault`: let something break in a simulated fleet that runs, such as the demonstration's."""

import argparse
import os
import sys
from pathlib import Path

from chargehand.simulator import control
from chargehand.simulator.control import FAULTS, MEND, Order

#: The file of orders in the data directory of a demonstration.
FILE = "fleet-orders.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chargehand simulate-fault`."""
    parser.add_argument("station", help="the number on the station's sign, such as 4107")
    parser.add_argument("fault", choices=[*FAULTS, MEND], help="what breaks, or `mend` to put it right")
    parser.add_argument("--plug", type=_read_plug, default=1, metavar="A", help="which plug (default A)")
    parser.add_argument(
        "--for", type=float, dest="lasts_s", metavar="S", help="seconds until it is well again"
    )
    parser.add_argument(
        "--control", type=Path, help=f"file of the fleet (default: {FILE} of the data directory)"
    )


def run(namespace: argparse.Namespace) -> int:
    """Ask the fleet; return the exit status: 0, or 1 where no fleet follows the file."""
    usual = Path(os.environ.get("CHARGEHAND_DATA_DIR", "data/demo")) / FILE
    path: Path = namespace.control or usual
    order = Order(
        station=namespace.station,
        fault=namespace.fault,
        connector=namespace.plug,
        lasts_s=namespace.lasts_s,
    )
    try:
        control.append(path, order)
    except FileNotFoundError:
        sys.stderr.write(
            f"No simulated fleet follows {path}. Start `chargehand demo`, or name it by --control.\n"
        )
        return 1
    sys.stdout.write(f"Asked: {namespace.fault} at {namespace.station}. It shows within seconds.\n")
    return 0


def _read_plug(text: str) -> int:
    """A plug by its letter on the sign, or by its number."""
    if len(text) == 1 and text.isascii() and text.isalpha():
        return ord(text.upper()) - ord("A") + 1
    return int(text)
