"""The command `chargehand`."""

import argparse
import importlib

import pytest

from chargehand.project import cli


@pytest.mark.parametrize("command", cli.COMMANDS, ids=[command.name for command in cli.COMMANDS])
def test_every_command_of_the_table_exists(command: cli.Command) -> None:
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    assert callable(module.run)
    assert command.sentence.endswith(".")


def test_help_names_every_command_without_loading_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(command.name in shown for command in cli.COMMANDS)


@pytest.mark.parametrize("arguments", [[], ["fly"], ["check", "--fly"]])
def test_nonsense_is_refused_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2


def test_settings_that_cannot_be_used_are_said_in_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHARGEHAND_WEB_PORT", "many")
    assert cli.main(["check"]) == 2
    assert capsys.readouterr().err == "CHARGEHAND_WEB_PORT must be a whole number.\n"


def test_a_role_without_a_secret_key_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("CHARGEHAND_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("CHARGEHAND_SECRET_KEY", raising=False)
    assert cli.main(["worker"]) == 1
    assert "CHARGEHAND_SECRET_KEY" in capsys.readouterr().err
