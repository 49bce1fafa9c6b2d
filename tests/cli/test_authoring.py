"""check, draw and info: what a bot author asks before anything runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_check_says_that_nothing_was_found(project: Path, run: Run) -> None:
    ended = run("check")
    assert (ended.returncode, ended.stdout) == (0, "nothing found in greeter\n")


def test_check_ends_with_1_and_tells_where_what_and_what_to_do(project: Path, run: Run) -> None:
    add(project, "    lost = State('Nobody comes here.', final=True)\n")
    ended = run("check")
    assert ended.returncode == 1
    assert ended.stdout.startswith("bots/greeter.py:24: unreachable-state: no row leads to lost; add one")
    assert ended.stdout.count("\n") == 1


def test_check_writes_json(project: Path, run: Run) -> None:
    assert json.loads(run("--json", "check").stdout) == []
    add(project, "    lost = State('Nobody comes here.', final=True)\n")
    ended = run("--json", "check")
    assert ended.returncode == 1
    [found] = json.loads(ended.stdout)
    assert found.pop("text") == "no row leads to lost"
    assert found.pop("advice").startswith("add one")
    assert found == {"file": str(project / "bots" / "greeter.py"), "line": 24, "rule": "unreachable-state"}


def test_a_flow_that_cannot_work_is_a_finding_too(project: Path, run: Run) -> None:
    add(project, "    lost = State('Hello {nam}.', final=True)\n")
    ended = run("check")
    assert (ended.returncode, ended.stderr) == (1, "")
    told = "state lost says {nam}, and the data has name"
    assert ended.stdout == f"bots/greeter.py:24: refused: {told}\n"
    [found] = json.loads(run("--json", "check").stdout)
    assert found == {"file": str(project / "bots" / "greeter.py"), "line": 24, "rule": "refused", "text": told}


def test_the_first_refusal_of_each_module_is_told(project: Path, run: Run) -> None:
    greeter = (project / "bots" / "greeter.py").read_text()
    for name in ("one", "two", "three"):
        wrong = "" if name == "two" else "    lost = State('Hello {nam}.', final=True)\n"
        text = greeter.replace("Greeter", name.title()).replace('"hello"', f'"{name}"')
        (project / "bots" / f"{name}.py").write_text(text + wrong)
    (project / "bots" / "four.py").write_text("from bots.one import One\n")
    (project / "bots" / "five.py").write_text("import nowhere\n")
    modules = ",".join(f"bots.{name}" for name in ("one", "two", "three", "four", "five"))
    ended = run("check", env={"CHATBOT_BOTS__MODULES": modules})
    assert ended.returncode == 1
    assert [line.partition(": ")[0] for line in ended.stdout.splitlines()] == ["bots/one.py:24", "bots/three.py:24"]


def test_two_flows_of_one_name_are_a_finding(project: Path, run: Run) -> None:
    (project / "bots" / "twin.py").write_text((project / "bots" / "greeter.py").read_text())
    ended = run("check", env={"CHATBOT_BOTS__MODULES": "bots.greeter,bots.twin"})
    assert ended.returncode == 1
    assert ended.stdout == "bots/twin.py:17: refused: flow greeter is already written at bots/greeter.py:17\n"


def test_whatever_needs_the_flow_ends_with_2_and_one_line_with_file_and_line(project: Path, run: Run) -> None:
    add(project, "    lost = State('Hello {nam}.', final=True)\n")
    ended = run("draw", "greeter")
    assert ended.returncode == 2
    assert ended.stderr.startswith("chatbot: bots/greeter.py:24: state lost says {nam}")
    assert ended.stderr.count("\n") == 1


def test_an_error_in_a_bot_shows_the_bots_own_lines_and_no_others(project: Path, run: Run) -> None:
    add(project, "    lost = Stat('Hello.')\n")
    ended = run("check")
    assert ended.returncode == 2
    assert "NameError: name 'Stat' is not defined" in ended.stderr
    assert f'File "{project}/bots/greeter.py", line 24, in Greeter' in ended.stderr
    assert "importlib" not in ended.stderr
    assert "catalogue.py" not in ended.stderr


def test_a_module_that_is_not_there_is_named(project: Path, run: Run) -> None:
    ended = run("check", env={"CHATBOT_BOTS__MODULES": "bots.greeter,bots.grete"})
    assert ended.returncode == 2
    assert "there is no module bots.grete in the folder of config.toml" in ended.stderr


def test_without_modules_there_is_advice(project: Path, run: Run) -> None:
    ended = run("check", env={"CHATBOT_BOTS__MODULES": ""})
    assert ended.returncode == 2
    assert 'as in: modules = ["bots.pickup"]' in ended.stderr


def test_draw_writes_a_mermaid_diagram(project: Path, run: Run) -> None:
    ended = run("draw", "greeter")
    assert ended.returncode == 0
    assert ended.stdout.startswith("stateDiagram-v2\n    [*] --> who\n")
    assert "    who --> met : text\n" in ended.stdout
    assert json.loads(run("--json", "draw", "greeter").stdout) == {"flow": "greeter", "mermaid": ended.stdout}


def test_draw_of_an_unknown_flow_names_the_nearest(project: Path, run: Run) -> None:
    ended = run("draw", "greter")
    assert ended.returncode == 2
    assert ended.stderr == "chatbot: there is no flow called 'greter'; did you mean greeter?\n"


def test_info_shows_the_configuration_in_use_and_the_flows(project: Path, run: Run) -> None:
    ended = run("info")
    assert ended.returncode == 0
    assert f"config    {project}/config.toml\n" in ended.stdout
    assert "store     sqlite:///chatbot.db  (not made yet)\n" in ended.stdout
    assert "flow      greeter: 2 states, hello, bots/greeter.py:17\n" in ended.stdout


def test_info_writes_json(project: Path, run: Run) -> None:
    shown = json.loads(run("--json", "info").stdout)
    assert shown["from"] == "MyCompany"
    assert shown["flows"]["greeter"]["keywords"] == ["hello"]


def test_the_config_of_the_nearest_folder_above_is_used_and_another_can_be_named(project: Path, run: Run) -> None:
    inner = project / "deep" / "inside"
    inner.mkdir(parents=True)
    assert f"config    {project}/config.toml\n" in run("info", cwd=inner).stdout
    other = project / "other.toml"
    other.write_text((project / "config.toml").read_text().replace("MyCompany", "Other"))
    shown = run("--config", str(other), "info").stdout
    assert f"config    {other}\n" in shown
    assert "from      Other\n" in shown


def add(project: Path, line: str) -> None:
    """Write ``line`` at the end of the flow, which is line 24 of the file."""
    with (project / "bots" / "greeter.py").open("a") as file:
        file.write(line)
