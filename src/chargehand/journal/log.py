"""Stating facts: rows of the journal, written in the caller's transaction."""

from collections.abc import Sequence

from django.db import connection

from chargehand.kernel import clock
from chargehand.kernel.facts import Fact
from chargehand.kernel.jsontext import json_text

#: The PostgreSQL channel that wakes followers at commit.
CHANNEL = "chargehand_facts"
#: What a wake-up says: the names of the facts that were stated, this between them; nothing where they are many.
NAMES_APART = ","
_MOST_BYTES = 7_000  # PostgreSQL takes fewer than 8000

_INSERT = (
    "WITH stated AS (INSERT INTO journal_fact (name, operator_id, happened_at, stated_at, body)"
    " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[]))"
    " SELECT pg_notify(%s, %s)"
)


def state(facts: Sequence[Fact]) -> None:
    """Write facts down in the current transaction and wake the followers when it commits."""
    if not facts:
        return
    stated_at = clock.now()
    bodies = [json_text(fact) for fact in facts]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                [fact.name() for fact in facts],
                [fact.operator_id for fact in facts],
                [fact.happened_at for fact in facts],
                [stated_at] * len(facts),
                bodies,
                CHANNEL,
                _payload(facts),
            ],
        )


def _payload(facts: Sequence[Fact]) -> str:
    names = NAMES_APART.join(sorted({fact.name() for fact in facts}))
    return names if len(names) < _MOST_BYTES else ""
