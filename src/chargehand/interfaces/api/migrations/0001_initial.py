"""Make the table of deeds that were done for a key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IdempotentDeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("operator_id", models.BigIntegerField()),
                ("asker", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("made", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="api_deed_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "asker", "key"), name="api_deed_once_per_key"
                    )
                ],
            },
        ),
    ]
