"""What all detectors have in common."""

from typing import ClassVar, Protocol, TypeVar

from chargehand.domain.health.features import Reading, Session
from chargehand.domain.health.findings import Evidence

X_contra = TypeVar("X_contra", contravariant=True)


class Detector(Protocol[X_contra]):
    """Learn from one thing after another, and say when it is enough; nothing later is ever used."""

    kind: ClassVar[str]

    def learn_one(self, x: X_contra) -> None:
        """Take one observation."""

    def score_one(self) -> float:
        """Return how certain the matter is after the last observation: 1 and more is a finding."""

    def explain(self) -> Evidence:
        """Return why, as a sentence with figures."""


ReadingDetector = Detector[Reading]
SessionDetector = Detector[Session]
