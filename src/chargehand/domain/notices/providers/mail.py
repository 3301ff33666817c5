"""Mail by the server that the installation is configured with."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMessage

from chargehand.domain.notices.providers.base import Message, Outcome, Provider

#: Replies 5yz are permanent (RFC 5321 4.2.1).
_PERMANENT = 500


class MailProvider(Provider):
    """Sends plain-text mail."""

    def send(self, target: str, message: Message) -> Outcome:
        mail = EmailMessage(subject=_one_line(message.title), body=message.body, to=[target])
        mail.extra_headers["Auto-Submitted"] = "auto-generated"  # RFC 3834 5
        try:
            count = mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            is_final = bool(codes) and min(codes) >= _PERMANENT
            return Outcome("failed", f"The mail server refuses the address: {codes}", is_final=is_final)
        except smtplib.SMTPResponseException as error:
            return Outcome("failed", f"The mail server said {error.smtp_code}")
        except smtplib.SMTPServerDisconnected:
            return Outcome("unknown", "The mail server hung up.")
        except (ConnectionRefusedError, OSError) as error:
            return _unreachable(error)
        return Outcome("sent", "handed to the mail server" if count else "no recipient")


def _unreachable(error: OSError) -> Outcome:
    if isinstance(error, TimeoutError):
        return Outcome("unknown", "The mail server did not answer in time.")
    return Outcome("failed", f"The mail server cannot be reached: {type(error).__name__}")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
