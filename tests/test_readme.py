"""The README says what is so: its examples run, and every command, key and word stands in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import chatbot
from chatbot import config
from chatbot.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Give the first code block of ``language``."""
    found = re.search(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write the README's bot, its configuration and its transcript into a folder of their own."""
    files = {
        "bots/pizza.py": block("python"),
        "config.toml": block("toml"),
        "tests/conversations/pizza.chat": block("chat"),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run(project: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CHATBOT_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env={**environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_bot_of_the_readme_has_no_findings(project: Path) -> None:
    done = run(project, "chatbot", "check")
    assert (done.returncode, done.stdout.strip()) == (0, "nothing found in pizza"), done.stderr


def test_the_transcript_of_the_readme_passes(project: Path) -> None:
    done = run(project, "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_every_command_is_in_the_readme() -> None:
    context = click.Context(main)
    missing = [name for name in main.list_commands(context) if not re.search(rf"^\| `{name}[ `]", README, re.MULTILINE)]
    assert missing == []


def test_every_option_stands_in_the_row_of_its_command() -> None:
    missing = []
    for name in COMMANDS:
        [row] = re.findall(rf"^\| `{name}[ `].*$", README, re.MULTILINE)
        command = main.get_command(click.Context(main), name)
        assert command is not None
        options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
        words = [word for one in options for word in (*one.opts, *one.secondary_opts) if word.startswith("--")]
        missing += [f"{name} {word}" for word in words if not re.search(rf"`{word}[ `]", row)]
    assert missing == []


def test_the_commands_that_set_up_can_be_taken_as_they_are() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert [command.rpartition("&& ")[2] for command in commands] == [
        ".venv/bin/chatbot dev",
        ".venv/bin/pytest -n auto",
    ]


def test_the_commands_for_a_folder_of_ones_own_lead_to_a_bot_whose_test_passes(tmp_path: Path) -> None:
    lines = re.findall(r"^    (mkdir my-bot .*|chatbot new .*)$", README, re.MULTILINE)
    assert [line.rpartition("&& ")[2] for line in lines] == ["pip install -q ../chatbot pytest", "chatbot dev"]
    for line in lines[1].split(" && ")[:-1]:
        done = run(tmp_path, *line.split(), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_PLUGINS="chatbot.testing.plugin")
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_that_is_named_exists() -> None:
    named = re.findall(r"(?:`|bin/|^    |&& )chatbot ([a-z]+)", README, re.MULTILINE)
    assert set(named) <= set(COMMANDS)
    assert len(named) > 10


def test_every_key_of_the_configuration_is_in_the_readme() -> None:
    assert [key for key in config.KEYS if f"`{key}`" not in README] == []


def test_every_word_of_an_author_is_in_the_readme() -> None:
    words = set(re.findall(r"`([A-Za-z_]+)", README))
    assert sorted(set(chatbot.__all__) - words) == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 250
