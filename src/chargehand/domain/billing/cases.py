"""Records about to be decided: with the charge, what proves it, and the tariff that was fixed for it."""

from collections.abc import Collection

import msgspec

from chargehand.domain.billing.models import TariffSnapshot
from chargehand.domain.billing.snapshots import fix_tariffs
from chargehand.domain.charging import proofs, records
from chargehand.domain.charging.proofs import Proof
from chargehand.domain.charging.queries import CdrView


class Case(msgspec.Struct, frozen=True):
    """A record with what is needed to decide about it."""

    operator_id: int
    cdr: CdrView
    proof: Proof
    records: tuple[CdrView, ...]
    snapshot: TariffSnapshot

    @property
    def is_newest(self) -> bool:
        """Whether no newer record of the charge has come."""
        return self.records[-1].id == self.cdr.id


def open_case(operator_id: int, cdr_id: int) -> Case | None:
    """Gather what a decision about a record needs, and lock its charge; in the caller's transaction."""
    return open_cases(operator_id, [cdr_id]).get(cdr_id)


def open_cases(operator_id: int, cdr_ids: Collection[int]) -> dict[int, Case]:
    """Gather what decisions about records need, by record, and lock their charges; as `open_case` does."""
    wanted = records.records_named(operator_id, cdr_ids)
    charges = sorted({cdr.transaction_id for cdr in wanted})
    snapshots = fix_tariffs(operator_id, charges)
    told = proofs.proofs_of(operator_id, charges)
    versions = records.records_of(operator_id, charges)
    return {
        cdr.id: Case(
            operator_id,
            cdr,
            told[cdr.transaction_id],
            tuple(versions[cdr.transaction_id]),
            snapshots[cdr.transaction_id],
        )
        for cdr in wanted
        if cdr.transaction_id in snapshots and cdr.transaction_id in told
    }
