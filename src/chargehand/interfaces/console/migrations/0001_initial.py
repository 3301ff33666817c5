"""Make the table of forms that were sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("once", models.UUIDField(primary_key=True, serialize=False)),
                ("user_id", models.BigIntegerField()),
                ("target", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["at"], name="console_submission_at")]},
        ),
    ]
