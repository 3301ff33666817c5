"""`chargehand simulate`: a fleet of charging stations for demonstrations and load tests."""

import argparse
import asyncio
import sys
from pathlib import Path

from chargehand.simulator.control import Order, read_order
from chargehand.simulator.fault_command import ListFaults
from chargehand.simulator.fleet import describe
from chargehand.simulator.simulated_station import VERSIONS
from chargehand.simulator.simulation import Options, Tally
from chargehand.simulator.simulation import run as simulate

if sys.platform != "win32":
    import uvloop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chargehand simulate`."""
    usual = Options()
    parser.add_argument("--url", default=usual.url, help="address of the CSMS without the station's identity")
    parser.add_argument("--stations", type=int, default=usual.stations, help="how many stations")
    parser.add_argument("--seed", type=int, default=usual.seed, help="the same seed gives the same fleet")
    parser.add_argument(
        "--versions", default=",".join(usual.versions), help="OCPP versions to mix, separated by commas"
    )
    parser.add_argument("--speed", type=float, default=usual.speed, help="simulated seconds in a second")
    parser.add_argument(
        "--simulated-timestamps",
        action="store_true",
        help="stamp messages with simulated time instead of real time",
    )
    parser.add_argument(
        "--history-days",
        type=float,
        default=usual.history_days,
        help="first tell what happened in the last days",
    )
    parser.add_argument("--password", help="one password for all stations (default: derived from the seed)")
    parser.add_argument("--ca-file", help="certificates (PEM) to trust for wss:// instead of the system's")
    parser.add_argument(
        "--sample-interval", type=int, help="seconds between two meter values of a transaction"
    )
    parser.add_argument("--duration", type=float, help="stop after so many seconds (default: on Ctrl+C)")
    parser.add_argument(
        "--desk-url",
        default="",
        help="address of the CSMS's pages, for a technician who does its work orders",
    )
    parser.add_argument("--desk-key-file", type=Path, help="file with the technician's API key")
    _add_faults(parser)


def _add_faults(parser: argparse.ArgumentParser) -> None:
    """Add the options of what goes wrong."""
    parser.add_argument(
        "--mishaps",
        type=float,
        default=Options().mishaps_per_station_day,
        help="how often something breaks, a station and day",
    )
    parser.add_argument(
        "--control", type=Path, help="file in which `simulate-fault` asks for faults while the fleet runs"
    )
    parser.add_argument(
        "--meters",
        type=Path,
        help="file that keeps what the meters show, for the next start of the same fleet",
    )
    parser.add_argument(
        "--errands",
        type=float,
        metavar="SECONDS",
        help="mean time between short visits on top of the usual ones (simulated; none without)",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[:param=value,…]@STATION[/PLUG][+seconds]",
        help="have something break at a station, so many simulated seconds after the start; may be repeated",
    )
    parser.add_argument("--list-faults", action=ListFaults, nargs=0, help="show what can break, and end")


def run(namespace: argparse.Namespace) -> int:
    """Simulate as the options say; return the exit status: 0, or 2 for options that make no sense."""
    try:
        options = read_options(namespace)
    except ValueError as problem:
        sys.stderr.write(f"chargehand simulate: {problem}\n")
        return 2
    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(simulate(options, report=_report))
    except KeyboardInterrupt:
        return 0
    return 0


def read_options(namespace: argparse.Namespace) -> Options:
    """Return the options; raise ValueError with a sentence for what cannot be simulated."""
    versions = tuple(part.strip() for part in namespace.versions.split(",") if part.strip())
    unknown = sorted(set(versions) - set(VERSIONS))
    if unknown or not versions:
        raise ValueError(f"--versions takes {', '.join(VERSIONS)}, not {', '.join(unknown) or 'nothing'}.")
    if namespace.stations < 1:
        raise ValueError("--stations is at least 1.")
    if namespace.speed <= 0:
        raise ValueError("--speed is a positive number.")
    if namespace.mishaps < 0:
        raise ValueError("--mishaps is not negative.")
    if namespace.errands is not None and namespace.errands <= 0:
        raise ValueError("--errands is a positive number.")
    if namespace.history_days < 0:
        raise ValueError("--history-days is not negative.")
    if bool(namespace.desk_url) != bool(namespace.desk_key_file):
        raise ValueError("--desk-url and --desk-key-file belong together.")
    return Options(
        url=namespace.url,
        stations=namespace.stations,
        seed=namespace.seed,
        versions=versions,
        speed=namespace.speed,
        stamps_simulated=namespace.simulated_timestamps,
        history_days=namespace.history_days,
        password=namespace.password,
        ca_file=namespace.ca_file,
        sample_interval_s=namespace.sample_interval,
        duration_s=namespace.duration,
        mishaps_per_station_day=namespace.mishaps,
        control=namespace.control,
        meters=namespace.meters,
        errand_interval_s=namespace.errands,
        faults=_read_faults(namespace, versions),
        desk_url=namespace.desk_url,
        desk_key=namespace.desk_key_file.read_text().strip() if namespace.desk_key_file else "",
    )


def _read_faults(namespace: argparse.Namespace, versions: tuple[str, ...]) -> tuple[Order, ...]:
    """Return the faults that are asked for; raise ValueError for one that the fleet cannot have."""
    orders = tuple(read_order(text) for text in namespace.fault)
    stations = {
        each.id: each for each in describe(namespace.seed, namespace.stations, versions=versions).stations
    }
    for order in orders:
        plan = stations.get(order.station)
        if plan is None:
            raise ValueError(f"The fleet has no station {order.station}; it begins with {min(stations)}.")
        if not 1 <= order.connector <= plan.connectors:
            raise ValueError(f"Station {order.station} has {plan.connectors} plugs.")
    return orders


def _new_loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop() if sys.platform == "win32" else uvloop.new_event_loop()


def _report(tally: Tally) -> None:
    if tally.told_days < tally.history_days:
        sys.stdout.write(
            f"Told {tally.told_days:.0f} of {tally.history_days:g} days: {tally.messages_sent} messages\n"
        )
        sys.stdout.flush()
        return
    sys.stdout.write(
        f"{tally.connected} of {tally.stations} stations connected, {tally.open_transactions} charging, "
        f"{tally.messages_sent} messages sent, {tally.queued} queued\n"
    )
    sys.stdout.flush()
