from django.db import migrations

REFUSE = """
CREATE FUNCTION tariffs_version_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a tariff never changes' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tariffs_version_immutable BEFORE UPDATE OR DELETE ON tariffs_version
    FOR EACH STATEMENT EXECUTE FUNCTION tariffs_version_refuse_change();
"""
ALLOW = """
DROP TRIGGER tariffs_version_immutable ON tariffs_version;
DROP FUNCTION tariffs_version_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("tariffs", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
