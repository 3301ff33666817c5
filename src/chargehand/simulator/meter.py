"""The energy meter of a connector: a register that only grows."""


class Meter:
    """Count energy in Wh and show it in whole steps of `resolution_wh`.

    The register is never set back at the start of a transaction (OCPP 1.6 7.31, OCPP 2.1 J02.FR.16 and 17).
    """

    __slots__ = ("_wh", "gain", "resolution_wh")

    def __init__(self, initial_wh: float = 0.0, *, resolution_wh: int = 1, gain: float = 1.0) -> None:
        self._wh = initial_wh
        self.resolution_wh = resolution_wh
        self.gain = gain

    @property
    def register_wh(self) -> int:
        return int(self._wh // self.resolution_wh) * self.resolution_wh

    def count(self, energy_wh: float) -> None:
        """Add energy (Wh, not negative) times the meter's gain."""
        self._wh += max(0.0, energy_wh) * self.gain
