"""Exit statuses: 0 fine, 1 findings, 2 usage or configuration, 3 gateway or store unreachable; and what is said."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chatbot.cli import COMMANDS, main

Run = Callable[..., Any]


def test_the_version_is_told(run: Run) -> None:
    ended = run("--version")
    assert ended.returncode == 0
    assert "0.1.0" in ended.stdout


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str) -> None:
    told = CliRunner().invoke(main, [*command.split(), "--help"])
    assert told.exit_code == 0
    assert told.output.startswith("Usage: ")
    assert "Traceback" not in told.output


@pytest.mark.parametrize("columns", ["80", "60", "200"])
def test_the_list_of_commands_says_what_each_does_and_cuts_nothing(run: Run, columns: str) -> None:
    listed = run("-h", env={"COLUMNS": columns}).stdout.partition("Commands:\n")[2]
    assert "..." not in listed
    assert [line.split()[0] for line in listed.splitlines() if line[2] != " "] == list(COMMANDS)
    if columns == "80":
        assert listed.count("\n") == len(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "No such command 'chek'. Did you mean check?"),
        (["xyz"], "No such command 'xyz'.\n"),
        (["draw"], "Missing argument 'FLOW'"),
        (["draw", "pickup", "-o", "/nowhere/at/all.svg"], "Could not open file"),
        (["simulator", "--port", "seven"], "is not a valid integer"),
        (["simulator", "--port", "99999"], "is not in the range"),
        (["simulator", "-o", "latency"], "write NAME=VALUE"),
        (["simulator", "-o", "latncy=1"], "latency"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(arguments: list[str], said: str) -> None:
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 2
    assert said in ended.output


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["chek"], "NoSuchCommand", "No such command 'chek'"),
        (["draw"], "MissingParameter", "Missing argument 'FLOW'"),
        (["simulator", "-o", "latncy=1"], "ConfigError", "latency"),
        (["erase", "call me", "--yes"], "ConfigError", "write it as +491622943176"),
    ],
)
def test_with_json_an_error_is_one_line_of_json_on_standard_error(arguments: list[str], kind: str, said: str) -> None:
    ended = CliRunner().invoke(main, ["--json", *arguments])
    told = json.loads(ended.stderr)
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert (told["status"], set(told)) == (2, {"error", "kind", "status"})
    assert said in told["error"]
    assert told["kind"] in (kind, "UsageError")


@pytest.mark.parametrize("command", ["dev", "run", "check", "draw pickup", "chat", "info"])
def test_without_a_config_every_command_that_needs_one_says_how_to_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, command.split())
    assert ended.exit_code == 2
    assert "make one with `chatbot new NAME`, or use --config FILE" in ended.output


def test_a_key_that_is_misspelt_is_told_with_the_right_one(project: Path, run: Run) -> None:
    settings = project / "config.toml"
    settings.write_text(settings.read_text().replace("username", "user_name"))
    ended = run("check")
    assert ended.returncode == 2
    assert "unknown key gateway.user_name; did you mean gateway.username?" in ended.stderr


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_ctrl_c_ends_with_130_and_one_line(project: Path, options: tuple[str, ...]) -> None:
    (project / "bots" / "greeter.py").write_text("print('reading', flush=True)\nimport time\ntime.sleep(600)\n")
    command = subprocess.Popen(
        [sys.executable, "-m", "chatbot", *options, "check"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "reading\n"
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=60)
    assert command.returncode == 130
    assert "interrupted" in said
    assert said.count("\n") == 2
    assert "Traceback" not in said


def test_quiet_says_results_and_nothing_else(project: Path, run: Run) -> None:
    ended = run("-q", "chat", stdin="hello\n")
    assert ended.stderr == ""
    assert "< What is your name?" in ended.stdout
