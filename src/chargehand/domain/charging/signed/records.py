"""What a signed meter record says, whichever format it came in, and what was found out about it."""

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal


class SignedRecordError(ValueError):
    """The reason a signed record or a key cannot be read, as one sentence."""


class RecordFormat(enum.Enum):
    """The formats of signed records that are verified; UNKNOWN stands for all others."""

    OCMF = "OCMF"
    ALFEN = "ALFEN"
    EDL40_SIG = "EDL40_SIG"
    PCDF = "PCDF"
    UNKNOWN = "unknown"


class ReadingKind(enum.Enum):
    """Where in a transaction a reading was taken."""

    BEGIN = "begin"
    END = "end"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record as found: its raw bytes, and the key that came along, which is not yet trusted."""

    format: RecordFormat
    data: bytes
    public_key: str | None = None
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class MeterReading:
    """One reading of one register.

    ``energy`` is in Wh with all digits the meter gave; ``register`` is the OBIS code as written;
    ``time`` is aware, or naive where the meter gives wall clock without a zone.
    """

    kind: ReadingKind
    energy: Decimal
    register: str
    time: dt.datetime | None


@dataclass(frozen=True, slots=True)
class RecordContent:
    """What a record says once parsed.

    ``faults`` are reasons for which it must not be billed however good its signature is; ``cautions``
    do not forbid billing. ``page`` is the meter's own counter of records, ``series`` what it counts for.
    """

    signed: bytes
    signature: bytes
    algorithm: str
    public_key: str | None
    meter: str
    readings: tuple[MeterReading, ...]
    identity: str = ""
    series: str = ""
    page: int | None = None
    faults: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


class SignatureState(enum.Enum):
    """The outcome of the cryptographic check alone."""

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about one record; only an accepted one may be billed.

    ``key`` is the key that was used, in hex, and ``is_own_key`` says that it came with the record and
    not from the register of meters.
    """

    format: RecordFormat
    signature: SignatureState
    is_accepted: bool
    reason: str
    content: RecordContent | None = None
    key: str = ""
    is_own_key: bool = False
    transaction: str | None = None
    cautions: tuple[str, ...] = ()
