"""The rules of `check`, each by example: ``faults/<rule>.py`` holds flows with planted faults, and flows without.

A line with a fault ends in ``# fault: <rule>``. Each rule reads every example, so that none finds what is not there.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chatbot import Embed, Flow, State, choice, config, done, text
from chatbot.flows import check as rules
from chatbot.flows.catalogue import Catalogue, of_config
from chatbot.flows.check import BOT_RULES, LANGUAGE_RULES, RULES, check, check_bot
from chatbot.flows.check.finding import Finding

EXAMPLES = sorted((Path(__file__).parent / "faults").glob("*.py"))
MARK = re.compile(r"# fault: (.+)")
NAMES = {rule.__name__.rpartition(".")[2] for rule in (*RULES, *LANGUAGE_RULES, *BOT_RULES)}


def planted(path: Path) -> set[tuple[int, str]]:
    """Give the line and the rule of each fault that an example says it has."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    marks = [(number, mark[1]) for number, line in lines if (mark := MARK.search(line))]
    return {(number, rule) for number, rules in marks for rule in rules.split(", ")}


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"faults_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def flows_of(module: ModuleType) -> list[type[Flow[object]]]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__ and issubclass(value, Flow)
    ]


def findings(module: ModuleType) -> list[Finding]:
    """Check the bot of an example if it has one, else each flow by itself."""
    bot: Catalogue | None = getattr(module, "BOT", None)
    if bot is not None:
        return check_bot(bot)
    return [one for flow in flows_of(module) for one in check(flow.compiled, getattr(module, "LANGUAGES", None))]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_each_planted_fault_is_found_at_its_line_and_nothing_else_is(example: Path) -> None:
    found = {(finding.at.line, finding.rule) for finding in findings(load(example))}
    assert found == planted(example)


@pytest.mark.parametrize("rule", sorted(NAMES))
def test_each_rule_has_a_bad_and_a_good_example(rule: str) -> None:
    path = next(path for path in EXAMPLES if path.stem == rule)
    marks = planted(path)
    assert rule.replace("_", "-") in {name for _, name in marks}
    flows = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    spans = [range(flow.lineno, (flow.end_lineno or 0) + 1) for flow in flows if flow.bases]
    assert any(all(line not in span for line, _ in marks) for span in spans)


def test_every_example_is_that_of_a_rule() -> None:
    assert {path.stem for path in EXAMPLES} == NAMES


def test_no_rule_is_forgotten() -> None:
    modules = {path.stem for path in Path(rules.__file__).parent.glob("*.py")}
    assert modules - {"__init__", "certain", "finding", "formats", "written"} == NAMES


def test_more_than_a_hundred_faults_are_planted() -> None:
    assert sum(len(planted(path)) for path in EXAMPLES) > 100


def test_each_finding_says_where_it_is_what_is_wrong_and_what_to_do() -> None:
    for example in EXAMPLES:
        for finding in findings(load(example)):
            assert str(finding) == f"{finding.at}: {finding.rule}: {finding.text}; {finding.advice}"
            assert Path(finding.at.file) == example
            assert finding.text
            assert finding.advice


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_findings_come_in_the_order_of_writing_and_each_once(example: Path) -> None:
    found = findings(load(example))
    assert found == sorted(dict.fromkeys(found), key=lambda finding: finding.at)


def test_the_words_that_are_understood_are_told_one_by_one() -> None:
    module = load(next(path for path in EXAMPLES if path.stem == "missing_translation"))
    found = check(module.WordsUnderstood.compiled, module.LANGUAGES)
    missing = [finding.text.removeprefix("de has no ") for finding in found]
    assert missing == ["'yes'", "'no'", "'today'", "'tomorrow'", "'stop'"]


def advice_of(flow: type[Flow[Any]]) -> list[str]:
    return [finding.advice for finding in check(flow.compiled)]


def test_a_choice_that_is_not_offered_is_told_with_the_value_that_was_meant() -> None:
    class Numbers(Flow[None]):
        ask = State("?", choices={1: "One", 2: "Two"}, initial=True)
        end = State("End.", final=True)
        ask.on(choice, to=end)
        ask.on(choice("1"), says="!")
        ask.on(choice("two"), says="!")
        ask.on(choice("many"), says="!")

    assert advice_of(Numbers) == ["did you mean 1?", "did you mean 2?", "add it to choices, or delete the row"]


def test_the_example_bots_have_no_findings() -> None:
    root = Path(__file__).parent.parent.parent
    assert check_bot(of_config(config.load(root / "config.toml", {}))) == []


def test_what_is_wrong_in_an_embedded_flow_is_told_once_however_often_it_is_embedded() -> None:
    class Inner(Flow[None], keyword="inner"):
        ask = State("?", choices=["a", "b"], initial=True)
        end = State("End.", final=True)
        ask.on(choice("a"), to=end)

    class Outer(Flow[None], keyword="outer"):
        first = Embed(Inner)
        start = State("?", initial=True)
        end = State("End.", final=True)
        start.on(text, to=first)
        first.on(done, to=end)

    assert [finding.rule for finding in check_bot(Catalogue([Inner, Outer]))] == ["unhandled-choice"]
    assert [finding.rule for finding in check_bot(Catalogue([Outer, Inner]))] == ["unhandled-choice"]


def test_a_flow_that_is_only_embedded_may_end_in_silence() -> None:
    class Inner(Flow[None]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end)

    class Outer(Flow[None], keyword="outer"):
        inner = Embed(Inner)
        start = State("?", initial=True)
        end = State("End.", final=True)
        start.on(text, to=inner)
        inner.on(done, to=end)

    assert check_bot(Catalogue([Outer, Inner])) == []
    assert [finding.rule for finding in check_bot(Catalogue([Inner]))] == ["mute-state"]
