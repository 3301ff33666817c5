"""Readings are found by the transaction that wrote them: readers by cursor skip nothing."""

from django.db import migrations

BY_WRITER = """
CREATE INDEX charging_reading_xid ON charging_reading (xid);
DROP INDEX charging_reading_cursor;
"""


class Migration(migrations.Migration):
    dependencies = [("charging", "0004_reading_seq")]

    operations = [migrations.RunSQL(BY_WRITER, migrations.RunSQL.noop)]
