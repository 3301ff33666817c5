"""The form of the log."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog

from chargehand.project.logs import logging_settings


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _logged(log_format: str) -> str:
    said = io.StringIO()
    settings = logging_settings(log_format, "info")
    settings["handlers"]["stderr"]["stream"] = said
    logging.config.dictConfig(settings)
    secret = "04A1B2C3"
    structlog.get_logger("chargehand.test").info("station_booted", station_id=4)
    logging.getLogger("library").debug("too fine")
    try:
        list[int]()[len(secret)]
    except IndexError:
        logging.getLogger("library").exception("failed")
    return said.getvalue()


@pytest.mark.usefixtures("_restored")
def test_machines_read_one_json_object_a_line() -> None:
    lines = [json.loads(line) for line in _logged("json").splitlines()]
    assert [line["event"] for line in lines] == ["station_booted", "failed"]
    assert (lines[0]["station_id"], lines[0]["level"], lines[0]["logger"]) == (4, "info", "chargehand.test")
    assert "IndexError" in lines[1]["exception"]


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_values_of_variables(log_format: str) -> None:
    said = _logged(log_format)
    assert "IndexError" in said
    assert "'04A1B2C3'" not in said.replace('secret = "04A1B2C3"', "")
