"""Stations may be held: connected but not accepted yet; a station's clock may tell local time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("stations", "0004_written_by")]

    operations = [
        migrations.AlterField(
            model_name="chargingstation",
            name="approval",
            field=models.CharField(
                choices=[("accepted", "Accepted"), ("held", "Held"), ("blocked", "Blocked")],
                default="accepted",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="chargingstation",
            name="clock_zone",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.CreateModel(
            name="EntryPolicy",
            fields=[
                (
                    "operator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.operator",
                    ),
                ),
                ("holds_new", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "stations_entry_policy"},
        ),
    ]
