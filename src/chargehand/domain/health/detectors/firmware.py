"""A firmware that makes more trouble than the ones before it, over several stations of a model."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import binomial_tail, poisson_tail

_CHANCE = 1e-6


class Record(msgspec.Struct, gc=False):
    """What one station had with one firmware."""

    attempts: int = 0
    failures: int = 0
    faults: int = 0
    boots: int = 0
    hours: float = 0.0


class Version(msgspec.Struct, gc=False):
    """All stations of a model with one firmware."""

    records: dict[str, Record] = {}
    first_seen: float = 0.0


class Trouble(msgspec.Struct, gc=False):
    """Something happened at a station with a firmware: `what` names a field of `Record`."""

    at: float
    station: str
    firmware: str
    what: str
    amount: float = 1.0


class FirmwareRegression(msgspec.Struct, gc=False):
    """Failed starts, faults and restarts of a firmware against the others of the same model.

    The worst station is left out: a firmware does harm at more than one.
    """

    kind: ClassVar[str] = "firmware-regression"
    model: str = ""
    versions: dict[str, Version] = {}
    firmware: str = ""
    what: str = ""
    rate: float = 0.0
    usual: float = 0.0
    members: list[str] = []
    found_at: float = 0.0

    def learn_one(self, x: Trouble) -> None:
        version = self.versions.get(x.firmware)
        if version is None:
            version = self.versions[x.firmware] = Version({}, x.at)
        record = version.records.get(x.station)
        if record is None:
            record = version.records[x.station] = Record()
        if x.what == "hours":
            record.hours += x.amount
            return
        setattr(record, x.what, getattr(record, x.what) + 1)
        self.firmware = ""
        if x.what != "attempts" and len(self.versions) > 1:
            self._judge(x.firmware, x.what)

    def _judge(self, firmware: str, what: str) -> None:
        version = self.versions[firmware]
        earlier = [
            record
            for name, other in self.versions.items()
            if name != firmware and other.first_seen < version.first_seen
            for record in other.records.values()
        ]
        per = "attempts" if what == "failures" else "hours"
        hits = {name: getattr(record, what) for name, record in version.records.items()}
        worst = max(hits, key=lambda name: hits[name])
        others = [record for name, record in version.records.items() if name != worst]
        new, base = _sum(others, what), _sum(others, per)
        old, old_base = _sum(earlier, what), _sum(earlier, per)
        if new < 5 or base <= 0 or old_base < (30 if what == "failures" else 200):
            return
        if sum(count > 0 for count in hits.values()) < 3:
            return
        usual = (old + 1) / (old_base + 1)
        if new / base < 1.8 * usual:
            return
        if what == "failures":
            chance = binomial_tail(int(new), int(base), min(0.9, usual))
        else:
            chance = poisson_tail(int(new), usual * base)
        if chance < _CHANCE:
            self.firmware, self.what, self.rate, self.usual = firmware, what, new / base, usual
            self.members = sorted(name for name, count in hits.items() if count)
            self.found_at = version.first_seen

    def score_one(self) -> float:
        return 1.0 if self.firmware else 0.0

    def explain(self) -> Evidence:
        words = {"failures": "failed starts for each attempt", "faults": "faults an hour"}
        what = words.get(self.what, "restarts an hour")
        second = "failed-starts" if self.what == "failures" else "reported-fault"
        return Evidence(
            ("firmware-regression", "reboot-loop" if self.what == "boots" else second, "failed-starts"),
            f"{self.model} with firmware {self.firmware} has {self.rate:.2g} {what}, {self.rate / self.usual:.1f} "
            f"times as many as with the firmware before ({self.usual:.2g}), at {len(self.members)} stations: halt "
            "the update and go back.",
            {
                "firmware": self.firmware,
                "rate": self.rate,
                "usual": self.usual,
                "stations": len(self.members),
            },
            self.found_at,
        )


def _sum(records: list[Record], what: str) -> float:
    return float(sum(getattr(record, what) for record in records))
