"""The raw log of a station: every message as it came or went, newest first."""

from datetime import datetime

import msgspec
from django.db import connection

from chargehand.domain.stations.record import VERSION_NAMES
from chargehand.domain.stations.secrets import masked_text

MOST_PER_PAGE = 500

_PAGE = """
SELECT m.id, m.received_at, m.is_from_station, m.version, m.action, m.message_id, m.is_repeat, m.frame
FROM stations_message m
WHERE m.station_id = %(station)s
    AND EXISTS (SELECT 1 FROM stations_station s WHERE s.id = m.station_id AND s.operator_id = %(operator)s)
    AND (%(at)s::timestamptz IS NULL OR (m.received_at, m.id) < (%(at)s, %(id)s::bigint))
    AND (%(action)s = '' OR m.action = %(action)s)
ORDER BY m.received_at DESC, m.id DESC LIMIT %(limit)s
"""


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A raw message; `action` of an answer is that of its call with Response or Error behind it."""

    id: int
    received_at: datetime
    is_from_station: bool
    version: str
    action: str
    message_id: str
    is_repeat: bool
    frame: str


class MessageCursor(msgspec.Struct, frozen=True):
    """Where a page ended."""

    received_at: datetime
    id: int


class MessagePage(msgspec.Struct, frozen=True):
    """Messages, newest first; `following` asks for the page after this one, None where there is none."""

    messages: tuple[MessageView, ...]
    following: MessageCursor | None


def messages(
    operator_id: int,
    station_id: int,
    *,
    before: MessageCursor | None = None,
    action: str = "",
    limit: int = 100,
) -> MessagePage:
    """Return a page of a station's raw messages."""
    limit = max(1, min(limit, MOST_PER_PAGE))
    values = {
        "station": station_id,
        "operator": operator_id,
        "at": before.received_at if before else None,
        "id": before.id if before else None,
        "action": action,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        rows = cursor.fetchall()
    views = tuple(
        MessageView(
            id=row[0],
            received_at=row[1],
            is_from_station=row[2],
            version=VERSION_NAMES.get(row[3], str(row[3])),
            action=row[4],
            message_id=row[5],
            is_repeat=row[6],
            frame=masked_text(row[7]),
        )
        for row in rows[:limit]
    )
    more = len(rows) > limit
    return MessagePage(views, MessageCursor(views[-1].received_at, views[-1].id) if more else None)
