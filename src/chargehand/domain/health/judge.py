"""Where evidence becomes a finding: at which scope, and whether it has been told already."""

from typing import Any

from chargehand.domain.health.detectors.detector import Detector
from chargehand.domain.health.detectors.firmware import Trouble
from chargehand.domain.health.findings import Evidence, Finding, Scope, make_finding
from chargehand.domain.health.ledger import BY
from chargehand.domain.health.watch import FleetWatch, StationWatch

#: Kinds of the grid: what one station sees there, its whole site has, unless a neighbour shows otherwise.
_OF_THE_SITE = frozenset({"voltage-sag", "voltage-swell"})
#: Kinds that a station has as a whole, wherever they were seen.
_OF_THE_STATION = frozenset(
    {"phase-loss", "phase-imbalance", "measurand-fault", "fan-failure", "filter-clogging"}
)
_CONTRADICTS_S = 30.0
_JOINS_S = 3_600.0
_DAY_S = 86_400.0


class Judge:
    """Keep what was found, in order, until it is taken."""

    def __init__(self, fleet: FleetWatch) -> None:
        self.fleet = fleet
        self.found: list[Finding] = []

    def hear(self, station: StationWatch, evse: int, detector: Detector[Any]) -> None:
        """Take a detector's word if its score is 1 or more and nothing that stands says the same."""
        if detector.score_one() < 1 or station.is_maintained:
            return
        fleet, plate, kind = self.fleet, station.plate, detector.kind
        place = self._place(station, evse, kind)
        if fleet.ledger.holds(place, f"{BY}{type(detector).__name__}", fleet.now):
            for standing in fleet.ledger.standing[place]:
                if standing == kind:
                    fleet.ledger.holds(place, kind, fleet.now)
            return
        evidence = detector.explain()
        told = evidence.kinds[0]
        place = self._place(station, evse, told)
        is_old = fleet.ledger.holds(place, told, fleet.now)
        around = (
            place,
            f"{plate.station}#{evse}",
            plate.station,
            f"@{plate.site}",
            f"&{plate.cohort} {plate.firmware}",
        )
        if not is_old and fleet.ledger.is_explained(around, told, fleet.now):
            return
        fleet.ledger.latch(self._place(station, evse, kind), f"{BY}{type(detector).__name__}", fleet.now)
        if not is_old:
            fleet.ledger.latch(place, told, fleet.now)
            self._tell(station, evse, evidence)

    def _place(self, station: StationWatch, evse: int, kind: str) -> str:
        plate = station.plate
        if kind in _OF_THE_SITE:
            return f"@{plate.site}" if plate.site else plate.station
        if kind in _OF_THE_STATION or evse == 0:
            return plate.station
        return f"{plate.station}#{evse}"

    def _tell(self, station: StationWatch, evse: int, evidence: Evidence) -> None:
        plate, fleet = station.plate, self.fleet
        kind = evidence.kinds[0]
        scope: Scope = "connector" if evse else "station"
        members = [plate.station]
        if kind in _OF_THE_SITE and plate.site and not self._is_contradicted(station):
            members = list(fleet.sites.get(plate.site, members))
            scope = "site" if len(members) > 1 else scope
        elif kind == "phase-loss" and self._neighbour_has(station, kind):
            return
        self.found.append(
            make_finding(
                evidence,
                scope=scope,
                station=plate.station,
                evse=evse if scope != "site" else 0,
                members=members,
                found_at=fleet.now,
            )
        )

    def _is_contradicted(self, station: StationWatch) -> bool:
        """Tell whether a neighbour has just now measured a normal voltage."""
        for name in self.fleet.sites.get(station.plate.site, []):
            other = self.fleet.stations[name]
            if other is not station and self.fleet.now - other.normal_at <= _CONTRADICTS_S:
                return True
        return False

    def _neighbour_has(self, station: StationWatch, kind: str) -> bool:
        since = self.fleet.now - _JOINS_S
        names = self.fleet.sites.get(station.plate.site, [])
        return any(
            name != station.plate.station and self.fleet.ledger.stood(name, kind, since) for name in names
        )

    def knows_silence(self, station: StationWatch) -> bool:
        """Tell whether the station's silence has been told."""
        return self.fleet.ledger.stood(station.plate.station, "silent-station", self.fleet.now - _DAY_S)

    def hear_silence(self, station: StationWatch, others: list[StationWatch]) -> None:
        """Take a station's silence; `others` of its site are silent for the same time."""
        fleet, plate = self.fleet, station.plate
        kind = "silent-station"
        names = [plate.station, *(other.plate.station for other in others)]
        known = [name for name in names if fleet.ledger.holds(name, kind, fleet.now)]
        if plate.station in known:
            return
        if fleet.ledger.is_explained((plate.station, f"@{plate.site}"), kind, fleet.now):
            return
        if self._fell_silent_before(station):
            return
        evidence = station.silence.explain()
        for name in names:
            fleet.ledger.latch(name, kind, fleet.now)
        scope: Scope = "station"
        if others:
            scope = "site"
            evidence.sentence = (
                f"{len(names)} stations of the site fell silent together: {evidence.sentence} One router or supply "
                "is the likely cause."
            )
            evidence.facts["stations"] = len(names)
        self.found.append(
            make_finding(
                evidence, scope=scope, station=plate.station, evse=0, members=names, found_at=fleet.now
            )
        )

    def _fell_silent_before(self, station: StationWatch) -> bool:
        """Tell whether a neighbour's silence, of the same beginning, has been told and goes on.

        Whose rhythm is quicker is told first.
        """
        fleet, own = self.fleet, station.silence
        for name in fleet.sites.get(station.plate.site, []):
            other = fleet.stations[name].silence
            within = 1.3 * max(other.interval_s, own.interval_s)
            is_same = abs(other.heard_at - own.heard_at) <= within and other.score_one() >= 1
            if name != station.plate.station and is_same and self.knows_silence(fleet.stations[name]):
                return True
        return False

    def count(self, station: StationWatch, what: str, amount: float = 1.0) -> None:
        """Write down a firmware's trouble, and what it says of the whole model."""
        plate, fleet = station.plate, self.fleet
        if not plate.firmware or station.is_maintained:
            return
        detector = fleet.models.get(plate.cohort)
        if detector is None:
            return
        detector.learn_one(Trouble(fleet.now, plate.station, plate.firmware, what, amount))
        if detector.score_one() < 1 or detector.firmware != plate.firmware:
            return
        place, kind = f"&{plate.cohort} {plate.firmware}", detector.kind
        if fleet.ledger.holds(place, kind, fleet.now):
            return
        fleet.ledger.latch(place, kind, fleet.now)
        self.found.append(
            make_finding(
                detector.explain(),
                scope="cohort",
                station=detector.members[0],
                evse=0,
                members=list(detector.members),
                found_at=fleet.now,
            )
        )

    def take(self) -> list[Finding]:
        """Return what was found since the last time."""
        found, self.found = self.found, []
        return found
