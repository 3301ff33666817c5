"""What the database itself holds of the books: balance, one currency an account, nothing ever changed."""

from django.db import migrations

TABLES = (
    "billing_account",
    "billing_posting",
    "billing_entry",
    "billing_tariff_snapshot",
    "billing_priced_cdr",
    "billing_waived_cdr",
)

REFUSE = """
CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books are append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();\n"
    for table in TABLES
)
ALLOW = (
    "".join(f"DROP TRIGGER {table}_append_only ON {table};\n" for table in TABLES)
    + "DROP FUNCTION billing_refuse_change();"
)

# An entry is written in the transaction of its posting, into an account of the same operator and currency.
ENTRIES = """
ALTER TABLE billing_posting ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION billing_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole billing_posting%ROWTYPE;
    place billing_account%ROWTYPE;
BEGIN
    SELECT * INTO whole FROM billing_posting WHERE id = NEW.posting_id;
    SELECT * INTO place FROM billing_account WHERE id = NEW.account_id;
    IF whole.xid IS DISTINCT FROM pg_current_xact_id() THEN
        RAISE EXCEPTION 'posting % is closed: no entry is added to it', NEW.posting_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF place.operator_id IS DISTINCT FROM whole.operator_id THEN
        RAISE EXCEPTION 'account % is not of the operator of posting %', NEW.account_id, NEW.posting_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF place.currency IS DISTINCT FROM NEW.currency THEN
        RAISE EXCEPTION 'account % is not in %', NEW.account_id, NEW.currency
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_entry_fits BEFORE INSERT ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_check_entry();
"""
NO_ENTRIES = """
DROP TRIGGER billing_entry_fits ON billing_entry;
DROP FUNCTION billing_check_entry();
ALTER TABLE billing_posting DROP COLUMN xid;
"""

# At commit: each posting adds up to zero in each currency, a reversal is the exact opposite of what it
# reverses, and what settles a hold takes no more than was held.
BALANCE = """
CREATE FUNCTION billing_check_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    whole billing_posting%ROWTYPE;
    wrong record;
BEGIN
    IF TG_TABLE_NAME = 'billing_entry' THEN number := NEW.posting_id; ELSE number := NEW.id; END IF;
    SELECT * INTO whole FROM billing_posting WHERE id = number;
    SELECT currency, sum(minor) AS rest INTO wrong FROM billing_entry WHERE posting_id = number
        GROUP BY currency HAVING sum(minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting % does not balance: % minor units of % are left', number, wrong.rest,
            wrong.currency USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_TABLE_NAME = 'billing_entry' THEN RETURN NULL; END IF;
    IF whole.resolves_id IS NULL AND NOT EXISTS (SELECT FROM billing_entry WHERE posting_id = number) THEN
        RAISE EXCEPTION 'posting % has no entries', number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF whole.reverses_id IS NOT NULL AND (
        EXISTS (SELECT FROM billing_posting WHERE id = whole.reverses_id AND is_pending)
        OR EXISTS (SELECT FROM billing_entry WHERE posting_id IN (number, whole.reverses_id)
            GROUP BY account_id HAVING sum(minor) <> 0)
    ) THEN
        RAISE EXCEPTION 'posting % is not the opposite of posting %', number, whole.reverses_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF whole.resolves_id IS NOT NULL AND (
        EXISTS (SELECT FROM billing_posting WHERE id = whole.resolves_id AND NOT is_pending)
        OR EXISTS (
            SELECT FROM (
                SELECT account_id,
                    COALESCE(sum(minor) FILTER (WHERE posting_id = number), 0) AS taken,
                    COALESCE(sum(minor) FILTER (WHERE posting_id = whole.resolves_id), 0) AS held
                FROM billing_entry WHERE posting_id IN (number, whole.resolves_id) GROUP BY account_id
            ) AS each WHERE taken * held < 0 OR abs(taken) > abs(held)
        )
    ) THEN
        RAISE EXCEPTION 'posting % takes more than posting % held', number, whole.resolves_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_entry_balanced AFTER INSERT ON billing_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_check_posting();
CREATE CONSTRAINT TRIGGER billing_posting_balanced AFTER INSERT ON billing_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_check_posting();
"""
NO_BALANCE = """
DROP TRIGGER billing_entry_balanced ON billing_entry;
DROP TRIGGER billing_posting_balanced ON billing_posting;
DROP FUNCTION billing_check_posting();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunSQL(ENTRIES, NO_ENTRIES),
        migrations.RunSQL(BALANCE, NO_BALANCE),
    ]
