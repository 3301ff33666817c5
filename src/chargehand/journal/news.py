"""News for those who watch: who is concerned by what was stated, as soon as it is committed."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

import msgspec
import psycopg

#: Facts read at once; whoever is further behind hears `is_flood`.
MOST: Final = 2000

#: Ids read again each time, and those remembered: transactions commit out of the order of their facts' ids.
_STEP_BEHIND: Final = 200
_REMEMBERED: Final = 5000

_READ: Final = """
SELECT id, operator_id, split_part(name, '.', 1), body->'station_id', body->'station_ids' FROM journal_fact
WHERE id > %s ORDER BY id DESC LIMIT %s
"""


class Told(msgspec.Struct, frozen=True):
    """A fact in the eyes of who watches: the room that stated it, whose it is and the stations concerned."""

    room: str
    operator_id: int | None
    station_ids: tuple[int, ...]


class NewsReader:
    """Reads what was stated since the last time, over a connection of its own.

    This is no follower: news may be missed when a process ends, and a page that asks by the clock finds them.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._from = 0

    async def begin(self) -> None:
        """Let everything stated until now be old."""
        await self.read()

    async def read(self) -> tuple[list[Told], bool]:
        """Return what is new, and whether there was more than is read at once (then anything may be new)."""
        rows = await (await self._connection.execute(_READ, [self._from, MOST])).fetchall()
        fresh = [row for row in rows if row[0] not in self._seen]
        for row in reversed(fresh):
            self._seen[row[0]] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if rows:
            self._from = max(self._from, rows[0][0] - _STEP_BEHIND)
        return [_told(row) for row in fresh], len(fresh) == MOST


def _told(row: tuple[Any, ...]) -> Told:
    _id, operator_id, room, station_id, station_ids = row
    named = [station_id, *(station_ids if isinstance(station_ids, list) else ())]
    return Told(room, operator_id, tuple(one for one in named if isinstance(one, int)))
