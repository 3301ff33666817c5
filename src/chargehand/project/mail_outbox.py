"""Mail where no mail server is set: each message is a file in the data directory, to be opened and read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from chargehand.kernel import clock, ids


class EmailBackend(BaseEmailBackend):
    """Writes `.eml` files that only their owner can read: they hold links that let people in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages and return how many there were."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            path = folder / f"{clock.now():%Y%m%d-%H%M%S}-{ids.new_id().hex[-8:]}.eml"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(message.message().as_bytes())
        return len(email_messages)
