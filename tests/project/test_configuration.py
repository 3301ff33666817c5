"""The table of settings."""

import re
from pathlib import Path

import pytest

from chargehand.project.configuration import (
    Configuration,
    ConfigurationError,
    list_settings,
    read_configuration,
)

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/configuration.md"


def test_without_any_setting_everything_listens_on_loopback_only() -> None:
    configuration = read_configuration({})
    assert configuration == Configuration()
    assert configuration.bind == "127.0.0.1"
    assert (configuration.gateway_port, configuration.web_port) == (9000, 8000)


def test_settings_are_read_as_what_they_are() -> None:
    configuration = read_configuration(
        {
            "CHARGEHAND_BEHIND_PROXY": "Yes",
            "CHARGEHAND_ALLOWED_HOSTS": "a.example, b.example,",
            "CHARGEHAND_TLS_KEY": "/etc/key.pem",
            "CHARGEHAND_RAW_MESSAGE_DAYS": " 7 ",
            "CHARGEHAND_PUBLIC_URL": "https://charge.example.org/",
            "HOME": "/somewhere",
        }
    )
    assert configuration.behind_proxy is True
    assert configuration.allowed_hosts == ("a.example", "b.example")
    assert configuration.tls_key == Path("/etc/key.pem")
    assert configuration.tls_certificate is None
    assert configuration.raw_message_days == 7
    assert configuration.public_url == "https://charge.example.org"


def test_every_value_that_cannot_be_used_gets_a_sentence() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_configuration(
            {
                "CHARGEHAND_WEB_PORT": "80a",
                "CHARGEHAND_GATEWAY_PORT": "70000",
                "CHARGEHAND_LOG_FORMAT": "xml",
                "CHARGEHAND_DEBUG": "perhaps",
                "CHARGEHAND_DATABASE_URL": "mysql://localhost/x",
                "CHARGEHAND_WEB_PROT": "8000",
            }
        )
    assert sorted(refusal.value.problems) == [
        "CHARGEHAND_DATABASE_URL must begin with postgresql:// or postgres://.",
        "CHARGEHAND_DEBUG must be yes or no.",
        "CHARGEHAND_GATEWAY_PORT must lie between 0 and 65535.",
        "CHARGEHAND_LOG_FORMAT must be one of console, json.",
        "CHARGEHAND_WEB_PORT must be a whole number.",
        "CHARGEHAND_WEB_PROT is not a setting of Chargehand.",
    ]


def test_the_reference_page_has_exactly_the_settings_of_the_table() -> None:
    rows = re.findall(r"^\| `(CHARGEHAND_\w+)` \| (.*?) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    expected = [
        (setting.variable, f"`{setting.default}`" if setting.default else "unset", setting.sentence)
        for setting in list_settings()
    ]
    assert rows == expected
