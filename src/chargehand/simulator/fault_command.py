"""`chargehand simulate-fault`: let something break in a simulated fleet that runs, such as the demonstration's."""

import argparse
import os
import sys
from pathlib import Path

from chargehand.simulator import control
from chargehand.simulator.catalogue.kinds import KINDS, describe_kinds
from chargehand.simulator.control import MEND, Order, check_order, read_parameters, read_plug

#: The file of orders in the data directory of a demonstration.
FILE = "fleet-orders.jsonl"


class ListFaults(argparse.Action):
    """`--list-faults`: print the catalogue and end."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(describe_kinds())
        parser.exit()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chargehand simulate-fault`."""
    parser.add_argument("station", help="the number on the station's sign, such as 4107")
    parser.add_argument(
        "fault", choices=[*KINDS, MEND], metavar="fault", help="what breaks, or `mend` to put it right"
    )
    parser.add_argument("parameters", nargs="*", metavar="name=value", help="how it breaks")
    parser.add_argument("--plug", type=read_plug, default=1, metavar="A", help="which plug (default A)")
    parser.add_argument(
        "--for", type=float, dest="lasts_s", metavar="S", help="seconds until it is well again"
    )
    parser.add_argument(
        "--control", type=Path, help=f"file of the fleet (default: {FILE} of the data directory)"
    )
    parser.add_argument("--list-faults", action=ListFaults, nargs=0, help="show what can break, and end")


def run(namespace: argparse.Namespace) -> int:
    """Ask the fleet; return the exit status: 0, 1 where no fleet follows the file, 2 for what makes no sense."""
    usual = Path(os.environ.get("CHARGEHAND_DATA_DIR", "data/demo")) / FILE
    path: Path = namespace.control or usual
    try:
        order = Order(
            station=namespace.station,
            fault=namespace.fault,
            connector=namespace.plug,
            lasts_s=namespace.lasts_s,
            parameters=read_parameters(namespace.parameters),
        )
        check_order(order)
    except ValueError as problem:
        sys.stderr.write(f"chargehand simulate-fault: {problem}\n")
        return 2
    try:
        control.append(path, order)
    except FileNotFoundError:
        sys.stderr.write(
            f"No simulated fleet follows {path}. Start `chargehand demo`, or name it by --control.\n"
        )
        return 1
    sys.stdout.write(f"Asked: {namespace.fault} at {namespace.station}. It shows within seconds.\n")
    return 0
