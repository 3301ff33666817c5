"""Render every Django form with our field templates, accessibly, wherever a page writes {{ form }}."""

from django.forms.renderers import DjangoTemplates


class FormRenderer(DjangoTemplates):
    """Named by FORM_RENDERER; finds our templates beside Django's own without further settings."""

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"
    formset_template_name = "ui/forms/formset.html"
