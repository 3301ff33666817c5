"""Tags of the console's pages: the number that makes a form count once, and who may do a thing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chargehand.domain.accounts.permissions import Permission
from chargehand.interfaces.console import wording

register = template.Library()


@register.simple_tag
def once() -> SafeString:
    """A hidden field by which a form that is sent twice is done once."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid4())


@register.simple_tag
def who_can(permission: str) -> str:
    """The sentence that says which roles may do this."""
    return wording.who_can(Permission(permission))


@register.filter
def as_json(value: Any) -> str:
    """A value as indented JSON text."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)


@register.simple_tag(takes_context=True)
def token_word(context: Context, uid: str) -> str:
    """A token as the person in front of the page may see it; a dash where there is none."""
    return wording.token_word(context["principal"], uid) or "–"
