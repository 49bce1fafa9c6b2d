"""`chatbot new`: what it writes works as it is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("name", ["pizza", "order_pizza", "b2_pizza4"])
def test_a_new_project_passes_check_and_pytest(tmp_path: Path, run: Run, rehearse: Run, name: str) -> None:
    made = run("new", name)
    assert made.returncode == 0
    assert made.stdout == f"wrote bots/{name}.py\nwrote tests/conversations/{name}.chat\nwrote config.toml\n"
    assert run("check").returncode == 0
    tested = rehearse()
    assert (tested.returncode, tested.stderr) == (0, ""), tested.stdout
    assert "2 passed" in tested.stdout
    assert "arning" not in tested.stdout


def test_a_new_bot_is_typed_and_in_good_form(tmp_path: Path, run: Run) -> None:
    run("new", "pizza")
    for module, *arguments in (["mypy", "--strict", "bots"], ["ruff", "check"], ["ruff", "format", "--check"]):
        ended = run(*arguments, module=module)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_second_bot_is_added_to_the_config_and_both_run(project: Path, run: Run) -> None:
    made = run("new", "pizza")
    assert made.returncode == 0
    assert made.stdout.splitlines()[-1] == "added bots.pizza to [bots] modules in config.toml"
    assert run("check").stdout == "nothing found in greeter, pizza\n"


def test_where_the_config_cannot_be_changed_for_certain_it_is_said_what_to_write(project: Path, run: Run) -> None:
    settings = project / "config.toml"
    settings.write_text('bots.modules = ["bots.greeter"]\n')
    made = run("new", "pizza")
    assert made.returncode == 0
    assert 'write into config.toml, in the list of [bots] modules: "bots.pizza"' in made.stderr
    assert settings.read_text() == 'bots.modules = ["bots.greeter"]\n'


def test_the_keyword_is_what_a_contact_would_write(tmp_path: Path, run: Run) -> None:
    run("new", "order_pizza")
    assert run("chat", stdin="order pizza\nAda\nyes\n").stdout.endswith("Nice to meet you, Ada.\n")
    assert json.loads(run("--json", "info").stdout)["flows"]["order_pizza"]["keywords"] == ["order pizza"]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path, run: Run) -> None:
    (tmp_path / "bots").write_text("a file, where a folder should be")
    refused = run("new", "pizza")
    assert refused.returncode == 2
    assert refused.stderr == "chatbot: bots/pizza.py cannot be written: File exists\n"


def test_what_to_do_next_is_said_as_it_can_be_typed(tmp_path: Path, run: Run) -> None:
    here = Path(sys.executable).parent
    on_the_path = run("new", "pizza", env={"PATH": str(here)})
    assert on_the_path.stderr == "then: chatbot dev, and: pytest\n"
    elsewhere = run("new", "pasta", env={"PATH": "/nowhere"})
    folder = os.path.relpath(here, tmp_path)
    assert elsewhere.stderr == f"then: {folder}/chatbot dev, and: {folder}/pytest\n"


def test_a_second_run_overwrites_nothing(tmp_path: Path, run: Run) -> None:
    run("new", "pizza")
    bot = tmp_path / "bots" / "pizza.py"
    bot.write_text("# mine\n")
    again = run("new", "pizza")
    assert again.returncode == 2
    assert again.stderr == "chatbot: bots/pizza.py is there already; choose another name\n"
    assert bot.read_text() == "# mine\n"


def test_a_bot_goes_beside_the_config_wherever_the_person_stands(project: Path, run: Run) -> None:
    inner = project / "docs"
    inner.mkdir()
    assert json.loads(run("--json", "new", "pizza", cwd=inner).stdout) == {
        "wrote": ["../bots/pizza.py", "../tests/conversations/pizza.chat"],
        "listed": True,
    }
    assert (project / "bots" / "pizza.py").is_file()


@pytest.mark.parametrize("name", ["Pizza", "my-bot", "class", "a", "a_b", "pizza_2", "_x", "../pizza", "", "p" * 41])
def test_a_name_that_is_no_module_or_no_flow_is_refused(tmp_path: Path, run: Run, name: str) -> None:
    refused = run("new", "--", name)
    assert refused.returncode == 2
    assert "chatbot new order_pizza" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["flow", "state", "message"])
def test_a_name_that_would_hide_a_word_of_the_framework_is_refused(tmp_path: Path, run: Run, name: str) -> None:
    refused = run("new", name)
    assert refused.returncode == 2
    assert f"{name.title()} is a word of every flow; choose another name" in refused.stderr
    assert list(tmp_path.iterdir()) == []
