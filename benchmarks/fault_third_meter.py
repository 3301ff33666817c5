"""What a plug of the third fleet measures, and under which names, phases and units its station tells it."""

from dataclasses import dataclass, field
from math import exp
from random import Random
from typing import Any

from benchmarks.fault_third_world import Make, Stand

Sample = dict[str, Any]
_NAMES = {"U": "Voltage", "I": "Current.Import", "P": "Power.Active.Import"}


@dataclass
class Shown:
    """The truth of one moment: W, V and A by phase, W on offer."""

    watts: float = 0.0
    amps: list[float] = field(default_factory=list)
    volts: list[float] = field(default_factory=list)
    offered: float = 0.0
    cos: float = 1.0


@dataclass
class Plug:
    """One plug: its register (Wh), how warm it and the cabinet are above the outside (K), until when it is busy."""

    evse: int
    wh: float
    at: float = 0.0
    plug_k: float = 0.0
    body_k: float = 0.0
    heat_c: float = 0.0
    outside_c: float = 0.0
    free_at: float = 0.0
    is_stuck: bool = False
    is_hot: bool = False
    has_jumped: bool = False

    def told_wh(self, make: Make) -> float:
        return float(self.wh // make.step_wh * make.step_wh)

    def count(self, grown: float, frozen: bool) -> None:
        self.wh += 0.0 if frozen else grown

    def cool(self, at: float, post: Stand) -> None:
        """Let time pass without a load."""
        self.warm(at, self.at or at, Shown(volts=[0.0], amps=[0.0]), post)

    def warm(self, at: float, before: float, shown: Shown, post: Stand) -> None:
        """Let the load of a moment have gone on since a time."""
        make = post.make
        amps = max((abs(each) for each in shown.amps), default=0.0)
        worn = post.days("contact-resistance-rise", at, self.evse)
        contact = 15.0 if worn is None else 15.0 * 2 ** (worn / post.figure("doubles"))
        tau = 660.0
        wanted = contact * (amps / make.max_a) ** 2
        self.plug_k = wanted + (self.plug_k - wanted) * exp(-(at - before) / tau)
        fan, clogged = post.days("fan-failure", at), post.days("filter-clogging", at)
        shed = 1.0
        if fan is not None:
            shed += (post.figure("worse") - 1) * min(1.0, fan / post.figure("ramp"))
        if clogged is not None:
            shed += post.figure("daily") * clogged
        wanted = 20.0 * shed * (0.12 + 0.88 * shown.watts / make.max_w)
        self.body_k = wanted + (self.body_k - wanted) * exp(-(at - before) / 1_800)
        self.at = at
        self.outside_c = post.spot.celsius(at, post.begin)
        self.heat_c = self.outside_c + self.plug_k

    def supply(self, post: Stand, at: float, amps: float, phases: int, shown: Shown, rng: Random) -> None:
        """Fill in an AC moment at a current a phase."""
        make, spot = post.make, post.spot
        count = max(1, make.phases)
        drawn = [amps * rng.gauss(1, 0.002) if n < phases else 0.0 for n in range(count)]
        base = spot.volts(at) + rng.gauss(0, make.volt_noise)
        volts = [base + rng.gauss(0, 0.4) - spot.sag_v * amp for amp in drawn]
        days = post.days("phase-imbalance", at)
        if days is not None:
            bad = int(post.figure("phase")) % count
            volts[bad] -= drawn[bad] * post.figure("ohm") * min(1.0, days / 14)
        if post.days("phase-loss", at) is not None:
            bad = int(post.figure("phase")) % count
            volts[bad], drawn[bad] = post.figure("left_v"), 0.0
        if post.days("voltage-swell", at) is not None:
            bad = int(post.figure("phase")) % count
            volts = [
                post.figure("high_v") if n == bad else v * post.figure("low") for n, v in enumerate(volts)
            ]
        if post.days("voltage-sag", at) is not None and (at - post.figure("from")) % 1_800 < post.figure(
            "lasts_s"
        ):
            volts = [each * post.figure("share") for each in volts]
        shown.cos = 0.99 if amps > 10 else 0.96
        shown.volts, shown.amps = volts, drawn
        shown.watts = sum(v * a for v, a in zip(volts, drawn, strict=True)) * shown.cos


def tell_samples(post: Stand, plug: Plug, at: float, shown: Shown, soc: float | None) -> list[Sample]:
    """Return the samples that the station sends of a moment."""
    samples: list[Sample] = []
    wrong = post.days("measurand-fault", at, plug.evse)
    how = int(post.figure("how")) if wrong is not None else -1
    _mark(post, at)
    for letter in post.make.letters:
        if letter in "UIP":
            if how == 2 and letter == "I" and "I" in post.make.letters:
                continue
            samples += _tell_main(post, plug, letter, shown, how if letter == "P" else -1, at)
        else:
            samples += _tell_other(post, plug, letter, shown, soc, at)
    return samples


def _mark(post: Stand, at: float) -> None:
    fault = post.fault
    if fault is not None and fault.on <= at < fault.off:
        is_dip = fault.kind != "voltage-sag" or (at - fault.p["from"]) % 1_800 < fault.p["lasts_s"]
        fault.shown += is_dip


def _tell_main(post: Stand, plug: Plug, letter: str, shown: Shown, how: int, at: float) -> list[Sample]:
    make, rng = post.make, post.rng
    volts, amps = shown.volts, list(shown.amps)
    turned = post.days("ct-reversed", at, plug.evse) is not None
    watts = [v * a * shown.cos * rng.gauss(1, make.power_noise) for v, a in zip(volts, amps, strict=True)]
    if turned:
        watts[0] = -watts[0]
        if post.figure("signed") > 0.5:
            amps[0] = -amps[0]
    name, unit, factor = _NAMES[letter], {"U": "V", "I": "A", "P": "W"}[letter], 1.0
    values = {"U": volts, "I": [a + rng.gauss(0, make.amp_noise) * (a != 0) for a in amps], "P": watts}[
        letter
    ]
    if letter == "P":
        factor = {0: 1000.0, 1: 0.001}.get(how, 1.0)
        if how == 3:
            name = "Power.Import"
        if make.in_kilo:
            unit, factor = "kW", factor / 1000
        if not make.by_phase:
            values = [sum(values)]
    digits = 4 if make.in_kilo else 1 if letter != "I" else 2
    if len(values) == 1:
        return [{"measurand": name, "value": round(values[0] * factor, digits), "unit": unit}]
    suffix = "-N" if make.to_neutral and letter == "U" else ""
    return [
        {"measurand": name, "value": round(value * factor, digits), "unit": unit, "phase": f"L{n}{suffix}"}
        for n, value in enumerate(values, start=1)
    ]


def _tell_other(
    post: Stand, plug: Plug, letter: str, shown: Shown, soc: float | None, at: float
) -> list[Sample]:
    make, rng = post.make, post.rng
    if letter == "E":
        wh, kilo = plug.told_wh(make), make.in_kilo
        told = round(wh / 1000, 3) if kilo else wh
        return [
            {"measurand": "Energy.Active.Import.Register", "value": told, "unit": "kWh" if kilo else "Wh"}
        ]
    if letter == "S":
        soc = round(100 * soc) if soc is not None else None
        return (
            [] if soc is None else [{"measurand": "SoC", "value": soc, "unit": "Percent", "location": "EV"}]
        )
    if letter == "O":
        return [{"measurand": "Power.Offered", "value": round(shown.offered), "unit": "W"}]
    if letter == "C":
        return [{"measurand": "Power.Factor", "value": round(shown.cos, 2)}]
    if letter == "R":
        fan = post.days("fan-failure", at)
        slow = 1.0 if fan is None else 1 - post.figure("slower") * min(1.0, fan / post.figure("ramp"))
        rpm = (900 + 2_600 * min(1.0, shown.watts / make.max_w)) * slow
        return [{"measurand": "RPM", "value": round(rpm * rng.gauss(1, 0.03)), "unit": ""}]
    warm = plug.plug_k if letter == "T" else plug.body_k
    celsius = plug.outside_c + warm + rng.gauss(0, make.heat_noise)
    line: Sample = {"measurand": "Temperature", "value": round(celsius, 1), "unit": "Celsius"}
    if letter == "B":
        line["location"] = "Body"
    elif "B" in make.letters:
        line["location"] = "Cable"
    return [line]
