"""Messages about charges that nobody could read: a person gets them to see, for the charge is in them alone."""

from typing import Final

from django.db import connection

from chargehand.domain.charging import repair
from chargehand.domain.stations.events import Unread
from chargehand.domain.stations.facts import MessageQuarantined
from chargehand.domain.stations.told import Told

#: As much of a message is shown; the log of messages has all of it.
MOST_SHOWN: Final = 2000


def open_case(told: Told, event: Unread) -> None:
    """Put a refused message into the repair queue, once a day for each thing that is wrong with a kind of them.

    A station sends what was refused again and again: the first one is shown.
    """
    repair.open_case(
        operator_id=told.operator_id,
        station_id=told.station_id,
        transaction_id=None,
        kind="message-unread",
        key=f"message-unread|{told.station_id}|{told.action}|{event.problem}|{told.received_at:%Y%m%d}",
        sentence=(
            f"The station sent a {told.action} that cannot be read, so the charge it tells of is missing or still"
            " open. Look at the message, settle the session by hand, and ask the vendor to mend it."
        ),
        evidence={
            "action": told.action,
            "problem": event.problem,
            "received_at": told.received_at,
            "message": told.frame.decode()[:MOST_SHOWN].replace("\0", "\ufffd"),
        },
        suggestion={"action": "dismiss"},
    )


#: Messages that tell of charges.
_OF_CHARGES: Final = frozenset({"StartTransaction", "StopTransaction", "TransactionEvent", "MeterValues"})
_FRAME: Final = (
    "SELECT frame FROM stations_quarantine WHERE station_id = %s AND received_at = %s AND action = %s"
)


def show_quarantined(fact: MessageQuarantined) -> None:
    """Put a message about a charge that could not be stored into the repair queue; once, however often called."""
    if fact.action not in _OF_CHARGES or fact.operator_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_FRAME, [fact.station_id, fact.happened_at, fact.action])
        row = cursor.fetchone()
    frame = bytes(row[0]).decode("utf-8", "replace") if row else ""
    repair.open_case(
        operator_id=fact.operator_id,
        station_id=fact.station_id,
        transaction_id=None,
        kind="message-quarantined",
        key=f"message-quarantined|{fact.station_id}|{fact.action}|{fact.happened_at.isoformat()}",
        sentence=(
            f"The station sent a {fact.action} that could not be stored, so its charge may lack what it told."
            " Look at the message, and settle the session by hand."
        ),
        evidence={
            "action": fact.action,
            "problem": fact.error,
            "received_at": fact.happened_at,
            "message": frame[:MOST_SHOWN].replace("\0", "\ufffd"),
        },
        suggestion={"action": "dismiss"},
    )
