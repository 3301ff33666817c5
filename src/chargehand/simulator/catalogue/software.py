"""Faults of software: a firmware that makes things worse."""

from random import Random

from chargehand.simulator.catalogue.hardware import Trips
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.orders import OrderedStation


class FirmwareRegression(Trips):
    """The station installs `version`, after which starts fail with `chance`: give it to stations of one model."""

    kind = "firmware-regression"

    def __init__(
        self, rng: Random, connector: int, *, version: str = "9.0.0-rc1", chance: float = 0.5
    ) -> None:
        report = ErrorReport("InternalError", "E-901", "Assertion in the charge controller")
        super().__init__(rng, connector, report, chance=chance, days=0, lasts_s=60.0)
        self._version = version
        self._before = ""

    def begin(self, station: OrderedStation) -> None:
        self._before = station.hardware.firmware
        station.install(self._version)

    def end(self, station: OrderedStation) -> None:
        super().end(station)
        station.install(self._before)
