"""Whom the drivers of an operator call or write to: shown on their pages and on documents."""

import re
from typing import Final

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts.audit import write_audit
from chargehand.domain.accounts.models import HelpContact as Row
from chargehand.domain.accounts.principals import Actor
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: Digits with what people put between them; a country code first or not (ITU-T E.123).
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()/.-]{3,38}")


class HelpContact(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone number as people read it and an e-mail address; "" where there is none."""

    phone: str = ""
    email: str = ""

    @property
    def text(self) -> str:
        """Both, as they stand on paper."""
        return " · ".join(each for each in (self.phone, self.email) if each)

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it (RFC 3966): digits, and a plus at the start."""
        plus = "+" if self.phone.startswith("+") else ""
        return plus + "".join(char for char in self.phone.replace("(0)", "") if char.isdigit())


def help_contact(operator_id: int) -> HelpContact:
    """Return whom drivers of an operator may ask; nothing where nobody said."""
    row = Row.objects.filter(pk=operator_id).first()
    return HelpContact() if row is None else HelpContact(phone=row.phone, email=row.email)


@transaction.atomic
def set_help_contact(*, operator_id: int, contact: HelpContact, actor: Actor) -> None:
    """Say whom drivers may ask from now on. Raises Refused `bad-phone`, `bad-email`."""
    phone, email = contact.phone.strip(), contact.email.strip()
    if phone and not _PHONE.fullmatch(phone):
        raise Refused("bad-phone", _("Enter a telephone number, such as +49 40 123456."))
    try:
        validate_email(email or "none@example.org")
    except ValidationError:
        raise Refused("bad-email", _("Enter an e-mail address, such as ada@example.org.")) from None
    values = {"phone": phone, "email": email, "changed_at": clock.now()}
    Row.objects.update_or_create(operator_id=operator_id, defaults=values)
    write_audit(actor, operator_id, "operator.help_set", f"operator:{operator_id}")
