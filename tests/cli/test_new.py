"""`chatbot new`: what it writes works as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("name", ["pizza", "order_pizza", "b2_pizza4"])
def test_a_new_project_passes_check_and_pytest(tmp_path: Path, run: Run, name: str) -> None:
    made = run("new", name)
    assert made.returncode == 0
    assert made.stdout == f"wrote bots/{name}.py\nwrote tests/conversations/{name}.chat\nwrote config.toml\n"
    assert run("check").returncode == 0
    tested = run("-q", module="pytest")
    assert tested.returncode == 0, tested.stdout
    assert "2 passed" in tested.stdout


def test_a_new_bot_is_typed_and_in_good_form(tmp_path: Path, run: Run) -> None:
    run("new", "pizza")
    for module, *arguments in (["mypy", "--strict", "bots"], ["ruff", "check"], ["ruff", "format", "--check"]):
        ended = run(*arguments, module=module)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_second_bot_leaves_the_config_alone_and_says_what_to_add(project: Path, run: Run) -> None:
    before = (project / "config.toml").read_text()
    made = run("new", "pizza")
    assert made.returncode == 0
    assert 'add "bots.pizza" to [bots] modules in config.toml' in made.stderr
    assert (project / "config.toml").read_text() == before


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
        "wrote": ["../bots/pizza.py", "../tests/conversations/pizza.chat"]
    }
    assert (project / "bots" / "pizza.py").is_file()


@pytest.mark.parametrize("name", ["Pizza", "my-bot", "class", "a", "a_b", "pizza_2", "_x", "../pizza", "", "p" * 41])
def test_a_name_that_is_no_module_or_no_flow_is_refused(tmp_path: Path, run: Run, name: str) -> None:
    refused = run("new", "--", name)
    assert refused.returncode == 2
    assert "chatbot new order_pizza" in refused.stderr
    assert list(tmp_path.iterdir()) == []
