from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("charging", "0006_meter_key")]

    operations = [
        migrations.AddField(
            model_name="pendingstart",
            name="plug_state",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddIndex(
            model_name="pendingstart",
            index=models.Index(
                condition=models.Q(("plug_state", "Finishing")),
                fields=["-asked_at"],
                name="charging_pending_finishing",
            ),
        ),
    ]
