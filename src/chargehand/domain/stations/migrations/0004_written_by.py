"""Notices and messages know which transaction wrote them, so that readers by cursor skip nothing.

Rows that stand already get no number: none of them is new to anybody. Heartbeats alone are read from the raw
messages, so only they are in the index.
"""

from django.db import migrations

WRITTEN_BY = """
ALTER TABLE stations_event ADD COLUMN xid xid8;
ALTER TABLE stations_event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX stations_event_xid ON stations_event (xid);

ALTER TABLE stations_message ADD COLUMN xid xid8;
ALTER TABLE stations_message ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX stations_message_heartbeat ON stations_message (xid) WHERE action = 'Heartbeat';

CREATE INDEX stations_status_report_xid ON stations_status_report (xid);
DROP INDEX stations_status_report_cursor;
"""


class Migration(migrations.Migration):
    dependencies = [("stations", "0003_power_type")]

    operations = [migrations.RunSQL(WRITTEN_BY, migrations.RunSQL.noop)]
