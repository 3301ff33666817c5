from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_priced_by_end"),
    ]

    operations = [
        migrations.CreateModel(
            name="ToldCost",
            fields=[
                ("transaction_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("station_id", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("after_minor", models.BigIntegerField()),
                ("is_final", models.BooleanField(default=False)),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "billing_told_cost",
            },
        ),
        migrations.CreateModel(
            name="RefusedDisplay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("station_id", models.BigIntegerField()),
                ("command", models.CharField(max_length=32)),
                ("firmware", models.CharField(blank=True, max_length=255)),
                ("word", models.CharField(max_length=64)),
                ("refused_at", models.DateTimeField()),
            ],
            options={
                "db_table": "billing_refused_display",
                "constraints": [
                    models.UniqueConstraint(fields=("station_id", "command"), name="billing_refused_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ToldTariff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("station_id", models.BigIntegerField()),
                ("evse", models.IntegerField()),
                ("version_id", models.BigIntegerField(null=True)),
                ("firmware", models.CharField(blank=True, max_length=255)),
                ("booted_at", models.DateTimeField(null=True)),
                ("request_id", models.UUIDField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "Asked"), ("set", "Set"), ("refused", "Refused")], max_length=8
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "billing_told_tariff",
                "constraints": [
                    models.UniqueConstraint(fields=("station_id", "evse"), name="billing_told_tariff_once")
                ],
            },
        ),
    ]
