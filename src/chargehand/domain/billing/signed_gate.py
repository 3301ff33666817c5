"""The gate of signed readings: nobody is billed for what the meter's own signature speaks against."""

from decimal import Decimal
from typing import Final

from chargehand.domain.billing.gates import BY_HAND, Problem
from chargehand.domain.charging.proofs import Proof
from chargehand.domain.charging.queries import CdrView
from chargehand.domain.charging.signed_judgement import Judgement, judge

#: How far the energy of a record may be from the proven one, Wh: registers are rounded (OCPP 1.6J 7.31).
_TOLERANCE_WH: Final = Decimal(10)


def find_signed_problem(operator_id: int, cdr: CdrView, proof: Proof) -> Problem | None:
    """Return why the signed readings forbid a price, None where they do not.

    Where the register has the meter's key, they must prove the energy; elsewhere it is enough that nothing
    refutes them. What a person entered by hand was judged by that person.
    """
    if BY_HAND in cdr.flags:
        return None
    found = judge(operator_id, proof)
    refuted = next((each for each in found.readings if each.is_refuted), None)
    if refuted is not None:
        return _problem(refuted.sentence)
    return _unproven(found, cdr) if found.is_registered else None


def _unproven(found: Judgement, cdr: CdrView) -> Problem | None:
    if not found.readings:
        return _problem("The meter of this plug signs its readings, but none came with this charge.")
    undecided = next((each for each in found.readings if each.verdict is None), None)
    if undecided is not None:
        return _problem(undecided.sentence)
    if not found.is_billable:
        return _problem(found.reason)
    if found.energy_wh is None or cdr.energy_wh is None:
        return None
    if abs(found.energy_wh - cdr.energy_wh) > _TOLERANCE_WH:
        return _problem(
            f"The signed readings prove {found.energy_wh.normalize():f} Wh,"
            f" the charge tells {cdr.energy_wh.normalize():f} Wh."
        )
    return None


def _problem(sentence: str) -> Problem:
    return Problem("signed", sentence, "price")
