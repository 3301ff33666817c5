"""The review queue: records that must not be priced before somebody has looked at them."""

from typing import Any

from django.db import transaction

from chargehand.domain.billing.facts import PriceReviewOpened, PriceReviewSettled
from chargehand.domain.billing.gates import Problem
from chargehand.domain.billing.models import PriceReview
from chargehand.domain.charging.queries import CdrView
from chargehand.journal import log as journal
from chargehand.kernel import clock


@transaction.atomic
def open_review(operator_id: int, cdr: CdrView, problem: Problem, evidence: dict[str, Any]) -> int:
    """Put a record into the queue, once, and return the row; older ones of the charge are superseded."""
    row, is_new = PriceReview.objects.get_or_create(
        cdr_id=cdr.id,
        defaults={
            "operator_id": operator_id,
            "transaction_id": cdr.transaction_id,
            "kind": problem.kind,
            "sentence": problem.sentence,
            "evidence": evidence,
            "suggestion": problem.suggestion,
            "opened_at": clock.now(),
        },
    )
    if is_new:
        supersede(operator_id, cdr)
        journal.state(
            [
                PriceReviewOpened(
                    happened_at=row.opened_at,
                    operator_id=operator_id,
                    transaction_id=cdr.transaction_id,
                    cdr_id=cdr.id,
                    review_id=row.pk,
                    kind=row.kind,
                )
            ]
        )
    return row.pk


def supersede(operator_id: int, cdr: CdrView) -> None:
    """Settle what waits of older records of the same charge."""
    rows = PriceReview.objects.select_for_update().filter(
        operator_id=operator_id, transaction_id=cdr.transaction_id, state=PriceReview.State.OPEN
    )
    for row in rows.exclude(cdr_id=cdr.id):
        settle(row, resolution="superseded", by="Chargehand", note="A newer record of this charge came.")


def settle(row: PriceReview, *, resolution: str, by: str, note: str) -> None:
    """Take a row out of the queue, in the caller's transaction."""
    row.state, row.resolution = PriceReview.State.RESOLVED, resolution
    row.resolved_at, row.resolved_by, row.note = clock.now(), by[:255], note
    row.save(update_fields=["state", "resolution", "resolved_at", "resolved_by", "note"])
    journal.state(
        [
            PriceReviewSettled(
                happened_at=row.resolved_at,
                operator_id=row.operator_id,
                transaction_id=row.transaction_id,
                cdr_id=row.cdr_id,
                review_id=row.pk,
                resolution=resolution,
            )
        ]
    )
