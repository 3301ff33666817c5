from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_documents_never_change")]

    operations = [
        migrations.AddIndex(
            model_name="pricedcdr",
            index=models.Index(fields=["operator", "ended_at"], name="billing_priced_ended"),
        )
    ]
