"""Tables that grow with traffic: raw messages by the day, status history by the month."""

from django.db import migrations

TABLES = """
CREATE TABLE stations_message (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 50),
    station_id bigint NOT NULL,
    received_at timestamptz NOT NULL,
    fingerprint bigint,
    version smallint NOT NULL,
    is_from_station boolean NOT NULL,
    is_repeat boolean NOT NULL DEFAULT false,
    action text NOT NULL,
    message_id text NOT NULL,
    frame text NOT NULL
) PARTITION BY RANGE (received_at);
CREATE TABLE stations_message_default PARTITION OF stations_message DEFAULT;
CREATE INDEX stations_message_station ON stations_message (station_id, received_at);

CREATE TABLE stations_status_report (
    id bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    station_id bigint NOT NULL,
    evse integer NOT NULL,
    connector integer NOT NULL,
    status text NOT NULL,
    error_code text NOT NULL,
    vendor_error_code text NOT NULL,
    info text NOT NULL,
    station_time timestamptz,
    reported_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    is_late boolean NOT NULL
) PARTITION BY RANGE (received_at);
CREATE TABLE stations_status_report_default PARTITION OF stations_status_report DEFAULT;
CREATE INDEX stations_status_report_station ON stations_status_report (station_id, reported_at);
CREATE INDEX stations_status_report_cursor ON stations_status_report USING brin (id);

ALTER TABLE stations_connection SET (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial")]

    operations = [migrations.RunSQL(TABLES, migrations.RunSQL.noop)]
