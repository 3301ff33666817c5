"""Mail without a mail server: files that a mail program opens, and that only their owner can read."""

import email
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage

from chargehand.project.mail_outbox import EmailBackend


def test_each_message_is_a_file_of_its_own_that_only_its_owner_reads(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = tmp_path / "outbox"
    messages = [
        EmailMessage(subject=f"Charger {number}", body="ü", to=["mia@example.org"]) for number in (1, 2)
    ]
    assert EmailBackend().send_messages(messages) == 2
    files = sorted((tmp_path / "outbox").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    assert oct((tmp_path / "outbox").stat().st_mode & 0o777) == "0o700"
    subjects = {email.message_from_bytes(file.read_bytes())["Subject"] for file in files}
    assert subjects == {"Charger 1", "Charger 2"}
