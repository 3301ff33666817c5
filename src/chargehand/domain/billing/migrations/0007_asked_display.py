from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_displays"),
    ]

    operations = [
        migrations.CreateModel(
            name="AskedDisplay",
            fields=[
                ("station_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("firmware", models.CharField(blank=True, max_length=255)),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "billing_asked_display",
            },
        ),
    ]
