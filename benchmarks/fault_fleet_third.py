"""A third fleet, written from the two file formats and the catalogue alone, as somebody outside would."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import log2
from random import Random
from typing import Any

import msgspec
from benchmarks.fault_fleet import Event, Options
from benchmarks.fault_third_station import Post, Told
from benchmarks.fault_third_world import DAY, HOUR, Fault, Spot, make_make, make_spot

BEGIN = datetime(2024, 3, 4, tzinfo=UTC).timestamp()

#: Shortest and longest duration (days), measurands that show it, AC or DC (or both), of the whole station.
SHAPES: dict[str, tuple[float, float, str, bool | None, bool]] = {
    "contact-resistance-rise": (60, 60, "TI", None, False),
    "fan-failure": (14, 28, "B", None, True),
    "filter-clogging": (60, 60, "B", None, True),
    "voltage-sag": (0.3, 1.0, "U", False, True),
    "voltage-swell": (0.1, 0.5, "U", False, True),
    "phase-loss": (1, 4, "U", False, True),
    "phase-imbalance": (20, 40, "UI", False, True),
    "contactor-welded": (2, 6, "E", None, False),
    "contactor-wear": (25, 40, "", None, False),
    "meter-drift": (28, 45, "EP", None, False),
    "meter-frozen": (1, 4, "EP", None, False),
    "meter-rollback": (1, 3, "E", None, False),
    "ct-reversed": (4, 10, "PUI", False, False),
    "measurand-fault": (2, 5, "PI", None, False),
    "connector-lock-failure": (24, 36, "", None, False),
    "ground-fault": (6, 14, "", None, False),
    "isolation-decline": (14, 28, "", True, False),
    "flapping-connectivity": (0.2, 2, "", None, True),
    "weak-signal": (5, 10, "", None, True),
    "silent-station": (0.3, 3, "", None, True),
    "clock-drift": (10, 30, "", None, True),
    "stuck-state": (2, 5, "", None, False),
    "failed-starts": (5, 12, "", None, False),
    "reboot-loop": (2, 6, "", None, True),
    "power-derating": (12, 30, "P", None, False),
    "cable-cut": (2, 6, "", None, False),
    "payment-terminal-fault": (10, 20, "", None, True),
    "unused-though-expected": (10, 14, "", None, False),
}
_LATE = {"meter", "start", "stop", "status"}


def _figures(rng: Random, kind: str, days: float) -> dict[str, float]:
    """Draw how strong a fault is."""
    pick, of = rng.uniform, rng.choice
    figures: dict[str, dict[str, float]] = {
        "contact-resistance-rise": {"doubles": pick(7, 30)},
        "fan-failure": {"worse": pick(1.5, 3), "ramp": pick(3, 14), "slower": pick(0.2, 1)},
        "filter-clogging": {"daily": pick(0.004, 0.01)},
        "voltage-sag": {"share": pick(0.7, 0.88), "lasts_s": pick(120, 600), "from": 0.0},
        "voltage-swell": {"phase": rng.randrange(3), "high_v": pick(256, 400), "low": pick(0.6, 0.95)},
        "phase-loss": {"phase": rng.randrange(3), "left_v": of((0.0, pick(0, 60)))},
        "phase-imbalance": {"phase": rng.randrange(3), "ohm": pick(0.03, 0.2)},
        "contactor-welded": {"left_w": pick(250, 6_000), "tells": rng.random()},
        "contactor-wear": {"slower": pick(0.1, 0.5)},
        "meter-drift": {"weekly": of((-1, 1)) * pick(0.004, 0.02)},
        "meter-rollback": {"left": of((0.0, 0.5, 0.98))},
        "ct-reversed": {"signed": rng.random()},
        "measurand-fault": {"how": rng.randrange(4)},
        "connector-lock-failure": {"chance": pick(0.3, 0.5), "ramp": pick(7, days), "quiet": 0},
        "ground-fault": {"chance": pick(0.2, 0.6), "ramp": 3, "quiet": 0},
        "isolation-decline": {"chance": pick(0.15, 0.6), "ramp": 10, "quiet": 0},
        "flapping-connectivity": {"up_s": pick(40, 600)},
        "weak-signal": {"to": pick(102, 112)},
        "clock-drift": {"daily_s": of((-1, 1)) * 10 ** pick(0.3, 1.8), "unset": rng.random()},
        "stuck-state": {"state": rng.randrange(3)},
        "failed-starts": {"chance": pick(0.45, 0.95), "ramp": 0},
        "reboot-loop": {"first_s": pick(1, 12) * HOUR, "least_s": pick(600, 3600)},
        "power-derating": {"share": of((0.33, 0.5, 0.66)), "amps": pick(6, 8)},
        "cable-cut": {"chance": 1.0, "ramp": 0, "quiet": rng.random()},
        "payment-terminal-fault": {"refuses": rng.random()},
    }
    return figures.get(kind, {})


class ThirdScene:
    """A fleet; `play` yields its lines in the order of receipt, then `events` is the truth that was to be seen."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.rng = rng = Random(f"third/{options.seed}")
        self.days = int(options.days)
        self.end = BEGIN + self.days * DAY
        self.has_received = rng.random() < 0.85
        self.posts: list[Post] = []
        self.faults: list[tuple[Fault, list[Post]]] = []
        kinds = [kind for kind in options.kinds if kind in SHAPES] or list(SHAPES)
        sick = int(options.share * options.stations)
        while len(self.posts) < options.stations:
            spot = make_spot(rng, f"site {len(self.posts)}", self.days, options.visits)
            for _ in range(rng.choice((1, 1, 2, 3, 4))):
                number = len(self.posts)
                self._build(spot, kinds[(number + options.seed) % len(kinds)] if number < sick else "")
            self._spoil(spot)
        if "firmware-regression" in options.kinds and options.kinds != ("firmware-regression",):
            self._update()

    @property
    def events(self) -> list[Event]:
        """Return the faults that any line could show."""
        blind = {"voltage-sag", "voltage-swell", "phase-loss"}
        return [
            Event(
                f.kind, tuple(p.name for p in posts), f.evse, f.on, f.off, f.service, posts[0].make.sample_s
            )
            for f, posts in self.faults
            if f.shown or f.kind not in blind
        ]

    def _build(self, spot: Spot, kind: str) -> None:
        rng = self.rng
        shortest, longest, letters, is_dc, _ = SHAPES.get(kind, (0.0, 0.0, "", None, False))
        make = make_make(rng, letters, is_dc=is_dc)
        if kind == "phase-imbalance" or (kind == "ct-reversed" and make.phases == 1):
            make.phases, make.max_w, make.max_a = 3, 22_080.0, 32.0
        if kind == "ct-reversed":
            make.by_phase = rng.random() < 0.5
        if kind in {"voltage-sag", "voltage-swell", "phase-loss"}:
            make.clock_aligned, make.phases, make.max_w = rng.random() < 0.6, 3, max(make.max_w, 11_040.0)
        if kind == "weak-signal":
            make.tells_signal = True
        if make.max_a == 32.0 and make.max_w == 7_400.0:
            make.phases = 1
        if kind == "contactor-wear":
            make.tells_states = True
        name = f"P{len(self.posts) + 1:03d}"
        post = Post(
            name, make, spot, Random(f"{self.options.seed}/{name}"), BEGIN, self.end, rng.choice((1, 1, 2)),
            adhoc=rng.choice((0.0, 0.0, 0.5)), failing=rng.uniform(0.005, 0.08), visits=spot.visits,
            weekend=rng.uniform(0.4, 1.3),
        )  # fmt: skip
        if kind == "payment-terminal-fault":
            post.adhoc = rng.uniform(0.4, 0.9)
        self.posts.append(post)
        if kind:
            self._plant(post, kind, min(rng.uniform(shortest, longest), self.days - 15))

    def _plant(self, post: Post, kind: str, lasts: float) -> None:
        rng = self.rng
        on = BEGIN + rng.uniform(14, self.days - lasts - 0.5) * DAY
        evse = 0 if SHAPES[kind][4] else rng.randint(1, post.plugs)
        fault = Fault(kind, evse, on, on + lasts * DAY, p=_figures(rng, kind, lasts))
        if kind == "contact-resistance-rise":
            fault.service = on + fault.p["doubles"] * log2(65 / 15) * DAY
            fault.off = min(fault.off, fault.service + 2 * DAY)
        post.fault = fault
        self.faults.append((fault, [post]))
        if post.visits < 1.5:
            post.visits = rng.uniform(1.5, 4)

    def _spoil(self, spot: Spot) -> None:
        """Add what is no fault: limits, maintenance, a firmware that is sound, a router that fails (one event)."""
        rng = self.rng
        mine = [post for post in self.posts if post.spot is spot]
        for post in mine:
            if rng.random() < 0.2:
                for _ in range(rng.randint(1, 20)):
                    at = BEGIN + rng.uniform(0, self.days) * DAY
                    post.limits.append((at, at + rng.uniform(0.3, 8) * HOUR, rng.uniform(0.3, 0.8)))
            if rng.random() < 0.2 and post.fault is None:
                at = BEGIN + rng.uniform(3, self.days - 2) * DAY
                post.closed.append((at, at + rng.uniform(1, 20) * HOUR))
        if rng.random() < 0.1 and self.options.share > 0:
            at = BEGIN + rng.uniform(14, self.days - 1) * DAY
            spot.router_down.append((at, at + rng.uniform(3, 10) * HOUR))
            self.faults.append((Fault("silent-station", 0, *spot.router_down[0]), mine))

    def _update(self) -> None:
        """Let a model of many stations get a firmware that fails three times as often."""
        sound = [post for post in self.posts if post.fault is None and not post.closed]
        if len(sound) < 4:
            return
        on = BEGIN + self.rng.uniform(20, 0.6 * self.days) * DAY
        fault = Fault("firmware-regression", 0, on, self.end)
        for post in sound[:8]:
            post.make.vendor, post.make.model = "Voltix", "R2"
            post.failing = self.rng.uniform(0.04, 0.08)
            post.fault, post.regressed = fault, min(0.5, 4 * post.failing)
        self.faults.append((fault, sound[:8]))

    def play(self) -> Iterator[bytes]:
        """Yield the lines in the order of receipt."""
        rng = Random(f"wire/{self.options.seed}")
        told: list[tuple[float, bytes]] = []
        for post in self.posts:
            offset = rng.gauss(0, 1.0)
            for at, line in (*post.lines(), *self._ours(post)):
                told += self._send(rng, post, (at, line), offset)
        told.sort(key=lambda each: each[0])
        for _, text in told:
            yield text

    def _ours(self, post: Post) -> Iterator[Told]:
        for begins, ends, share in post.limits:
            yield begins, {"event": "limit", "limit_w": round(share * post.make.max_w)}
            yield ends, {"event": "limit"}
        for begins, ends in post.closed:
            yield begins, {"event": "maintenance", "state": "begin"}
            yield ends, {"event": "maintenance", "state": "end"}
            yield ends + 20, {"event": "boot", "reason": "PowerUp", "firmware": post.make.firmware}
        fault = post.fault
        if fault is not None and fault.kind == "firmware-regression":
            yield fault.on - 60, {"event": "command", "action": "UpdateFirmware", "outcome": "Accepted"}
            yield fault.on, {"event": "boot", "reason": "FirmwareUpdate", "firmware": "1.5.0"}

    def _send(self, rng: Random, post: Post, told: Told, offset: float) -> list[tuple[float, bytes]]:
        at, line = told
        event, received = line["event"], at + rng.uniform(0.05, 0.8)
        if at > self.end:
            return []
        is_ours = event in {"limit", "maintenance", "command", "station"}
        down = next((b for a, b in (*post.spot.router_down, *post.closed) if a <= at < b), None)
        if post.days("silent-station", at) is not None and post.fault is not None:
            down = post.fault.off
        if down is not None and not is_ours:
            if event not in _LATE or rng.random() < 0.3:
                return []
            received = down + rng.uniform(1, 60)
        elif not is_ours and rng.random() < self.options.lost:
            return []
        elif event in _LATE and rng.random() < 0.001:
            received += rng.uniform(60, 20 * HOUR)
        text = self._write(post, at, received, line, 0.0 if is_ours else offset)
        twice = rng.random() < 0.003 and not is_ours
        return [(received, text), (received + rng.uniform(0, 60), text)] if twice else [(received, text)]

    def _write(self, post: Post, at: float, received: float, line: dict[str, Any], offset: float) -> bytes:
        days = post.days("clock-drift", at)
        clock = at + offset
        if days is not None:
            clock = clock - at if post.figure("unset") < 0.2 else clock + post.figure("daily_s") * days
        stamp = datetime.fromtimestamp(clock, UTC).isoformat(timespec="seconds")
        whole: dict[str, Any] = {"t": stamp, "station": post.name, **line}
        if self.has_received or (post.fault is not None and post.fault.kind == "clock-drift"):
            whole["received"] = datetime.fromtimestamp(received, UTC).isoformat(timespec="milliseconds")
        return msgspec.json.encode(whole)
