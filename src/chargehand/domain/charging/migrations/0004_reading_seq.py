"""A reading knows the number of the 2.x event that told it: plain samples need no event row of their own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("charging", "0003_partitioned")]

    operations = [
        migrations.RunSQL("ALTER TABLE charging_reading ADD COLUMN seq integer", migrations.RunSQL.noop)
    ]
