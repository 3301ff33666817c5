"""What the database itself holds of documents: issued once, never changed."""

from django.db import migrations

TABLES = (
    "billing_invoice",
    "billing_invoiced_charge",
    "billing_invoice_payment",
    "billing_host_share",
    "billing_statement",
    "billing_stated_share",
)

REFUSE = "".join(
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();\n"
    for table in TABLES
)
ALLOW = "".join(f"DROP TRIGGER {table}_append_only ON {table};\n" for table in TABLES)

# A series only ever counts on by ones: no gap can be made by hand either.
SERIES = """
CREATE FUNCTION billing_check_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.entity_id <> OLD.entity_id OR NEW.series <> OLD.series OR NEW.last <> OLD.last + 1
    THEN
        RAISE EXCEPTION 'a series of numbers counts on by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_number_series_counts BEFORE UPDATE OR DELETE ON billing_number_series
    FOR EACH ROW EXECUTE FUNCTION billing_check_series();
"""
NO_SERIES = """
DROP TRIGGER billing_number_series_counts ON billing_number_series;
DROP FUNCTION billing_check_series();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_invoices")]

    operations = [migrations.RunSQL(REFUSE, ALLOW), migrations.RunSQL(SERIES, NO_SERIES)]
