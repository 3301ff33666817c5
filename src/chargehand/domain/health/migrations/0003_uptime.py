import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_is_append_only"),
        ("health", "0002_incidents"),
        ("stations", "0004_written_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="FirstAlert",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="health.incident",
                    ),
                ),
                ("alerted_at", models.DateTimeField()),
            ],
            options={
                "db_table": "health_first_alert",
            },
        ),
        migrations.CreateModel(
            name="SiteHours",
            fields=[
                (
                    "location",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="stations.location",
                    ),
                ),
                ("week", models.JSONField()),
            ],
            options={
                "db_table": "health_site_hours",
            },
        ),
        migrations.CreateModel(
            name="UptimePort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("evse", models.IntegerField()),
                ("connector", models.IntegerField()),
                ("in_operation_since", models.DateTimeField()),
                ("settled_until", models.DateTimeField()),
                ("read_at", models.DateTimeField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.operator"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "db_table": "health_uptime_port",
            },
        ),
        migrations.CreateModel(
            name="UptimeSpan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("state", models.CharField(max_length=16)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("incident_id", models.BigIntegerField(null=True)),
                (
                    "port",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spans",
                        to="health.uptimeport",
                    ),
                ),
            ],
            options={
                "db_table": "health_uptime_span",
            },
        ),
        migrations.CreateModel(
            name="AttemptDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("vendor", models.CharField(blank=True, max_length=255)),
                ("model", models.CharField(blank=True, max_length=255)),
                ("firmware", models.CharField(blank=True, max_length=255)),
                ("attempts", models.PositiveIntegerField()),
                ("started", models.PositiveIntegerField()),
                ("energised", models.PositiveIntegerField()),
                ("good", models.PositiveIntegerField()),
                ("visits", models.PositiveIntegerField()),
                ("visits_good", models.PositiveIntegerField()),
                ("first_good", models.PositiveIntegerField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.operator"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "db_table": "health_attempt_day",
                "indexes": [models.Index(fields=["operator", "day"], name="health_attempt_day_operator")],
                "constraints": [
                    models.UniqueConstraint(fields=("station", "day"), name="health_attempt_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OutageExclusion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("evse", models.IntegerField(default=0)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=32)),
                ("note", models.TextField()),
                ("incident_id", models.BigIntegerField(null=True)),
                ("made_by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("withdrawn_by", models.CharField(blank=True, max_length=200)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "location",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stations.location",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.operator"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "db_table": "health_outage_exclusion",
                "indexes": [models.Index(fields=["operator", "until"], name="health_exclusion_operator")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("since"))), name="health_exclusion_lasts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("location__isnull", True), ("station__isnull", True), _connector="OR"
                        ),
                        name="health_exclusion_one_place",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="uptimeport",
            constraint=models.UniqueConstraint(
                fields=("station", "evse", "connector"), name="health_uptime_port_once"
            ),
        ),
        migrations.AddIndex(
            model_name="uptimespan",
            index=models.Index(fields=["port", "until"], name="health_uptime_span_port"),
        ),
    ]
