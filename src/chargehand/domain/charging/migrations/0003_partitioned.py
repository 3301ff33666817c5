"""Tables that grow with traffic: transaction events and meter readings, by receipt."""

from django.db import migrations

TABLES = """
CREATE TABLE charging_transaction_event (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 50),
    transaction_id bigint NOT NULL,
    station_id bigint NOT NULL,
    kind text NOT NULL,
    trigger text NOT NULL,
    seq integer,
    is_offline boolean NOT NULL,
    charging_state text NOT NULL,
    station_time timestamptz,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL
) PARTITION BY RANGE (received_at);
CREATE TABLE charging_transaction_event_default PARTITION OF charging_transaction_event DEFAULT;
CREATE INDEX charging_transaction_event_tx ON charging_transaction_event (transaction_id, seq);

CREATE TABLE charging_reading (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 50),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    transaction_id bigint,
    station_id bigint NOT NULL,
    measured_at timestamptz NOT NULL,
    station_time timestamptz,
    received_at timestamptz NOT NULL,
    evse integer NOT NULL,
    connector integer NOT NULL,
    is_inferred boolean NOT NULL,
    series integer[] NOT NULL,
    readings numeric[] NOT NULL
) PARTITION BY RANGE (received_at);
CREATE TABLE charging_reading_default PARTITION OF charging_reading DEFAULT;
CREATE INDEX charging_reading_station ON charging_reading (station_id, measured_at);
CREATE INDEX charging_reading_cursor ON charging_reading USING brin (id);

CREATE VIEW charging_meter_sample AS
SELECT r.id AS reading_id, r.station_id, r.evse, r.connector, r.transaction_id, r.is_inferred,
       r.measured_at, r.station_time, r.received_at,
       s.measurand, s.phase, s.location, s.context, s.unit, s.written_unit, v.value
FROM charging_reading r
CROSS JOIN LATERAL unnest(r.series, r.readings) AS v(series_id, value)
JOIN charging_series s ON s.id = v.series_id;

ALTER SEQUENCE charging_transaction_id_seq AS integer MAXVALUE 2147483646;
"""


class Migration(migrations.Migration):
    dependencies = [("charging", "0002_initial")]

    operations = [migrations.RunSQL(TABLES, migrations.RunSQL.noop)]
