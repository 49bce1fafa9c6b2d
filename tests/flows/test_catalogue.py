"""All flows of a bot: found by name and by keyword, loaded from the folder of config.toml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chatbot import Flow, State
from chatbot.errors import ConfigError, FlowError
from chatbot.flows.catalogue import Catalogue, load

BOT = """
from chatbot import Flow, State, text
{more}
class {name}(Flow, keyword="{keyword}"):
    only = State("Hello.", initial=True, final=True)
"""
Package = Callable[..., str]


@dataclass
class Notes:
    word: str = ""


class Pickup(Flow[Notes], keyword=("pickup", "Book a parcel")):
    only = State("x", initial=True, final=True)


class Survey(Flow[Notes], keyword="survey"):
    only = State("x", initial=True, final=True)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Write modules into a package with a name of its own; the imports are undone at the end."""
    name = f"bots_{uuid4().hex}"
    (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(**modules: str) -> str:
        for module, source in modules.items():
            (tmp_path / name / f"{module}.py").write_text(source, encoding="utf-8")
        return name

    yield write
    for loaded in [one for one in sys.modules if one.split(".")[0] == name]:
        del sys.modules[loaded]


def test_a_flow_is_found_by_its_name() -> None:
    assert Catalogue([Pickup, Survey]).find("survey") is Survey.compiled


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all() -> None:
    with pytest.raises(ConfigError, match=r"there is no flow called 'pickp'; did you mean pickup\?"):
        Catalogue([Pickup, Survey]).find("pickp")
    with pytest.raises(ConfigError, match="no flow called 'xyz'; there are pickup, survey"):
        Catalogue([Pickup, Survey]).find("xyz")


@pytest.mark.parametrize("text", ["pickup", "PICKUP", " Pickup ", "Pickup!", "book a  parcel"])
def test_a_keyword_starts_its_flow_whatever_the_case_and_the_spaces(text: str) -> None:
    assert Catalogue([Survey, Pickup]).by_keyword(text) is Pickup.compiled


@pytest.mark.parametrize("text", ["pickup please", "pick up", "book", ""])
def test_other_words_start_nothing(text: str) -> None:
    assert Catalogue([Survey, Pickup]).by_keyword(text) is None


def test_the_first_flow_is_the_default_unless_another_is_named() -> None:
    assert Catalogue([Pickup, Survey]).default is Pickup.compiled
    assert Catalogue([Pickup, Survey], "survey").default is Survey.compiled
    assert Catalogue([Pickup, Survey]).with_default("survey").default is Survey.compiled


def test_an_unknown_default_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^\[bots\] default: .* 'surveys'; did you mean survey\?"):
        Catalogue([Pickup, Survey], "surveys")


def test_a_bot_without_flows_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"there is no flow to run; name the modules that hold them in \[bots\]"):
        Catalogue([])


def test_two_flows_of_one_name_are_refused_with_both_places() -> None:
    again: Any = type("Pickup", (Flow,), {"only": State("x", initial=True, final=True)})
    with pytest.raises(FlowError, match=r"test_catalogue.py:\d+: flow pickup is already written at .*test_cat.*:\d+"):
        Catalogue([Pickup, again])


def test_two_flows_of_one_keyword_are_refused_with_both_places() -> None:
    class Order(Flow[Notes], keyword="PickUp"):
        only = State("x", initial=True, final=True)

    with pytest.raises(FlowError, match=r"test_catalogue.py:\d+: keyword 'PickUp' already starts pickup at .*:\d+"):
        Catalogue([Pickup, Order])


def test_the_same_flow_given_twice_is_one_flow() -> None:
    assert list(Catalogue([Pickup, Pickup]).flows) == ["pickup"]


def test_flows_are_loaded_from_modules_in_the_order_they_are_named(tmp_path: Path, package: Package) -> None:
    name = package(
        pickup=BOT.format(more="", name="Pickup", keyword="pickup"),
        survey=BOT.format(more="", name="Survey", keyword="survey"),
    )
    found = load([f"{name}.survey", f"{name}.pickup"], "pickup", tmp_path)
    assert (list(found.flows), found.default.name) == (["survey", "pickup"], "pickup")


def test_a_flow_that_a_module_only_imports_is_not_its_own(tmp_path: Path, package: Package) -> None:
    name = package()
    package(
        pickup=BOT.format(more="", name="Pickup", keyword="pickup"),
        survey=BOT.format(more=f"from {name}.pickup import Pickup", name="Survey", keyword="survey"),
    )
    assert list(load([f"{name}.survey"], None, tmp_path).flows) == ["survey"]


def test_a_module_that_is_not_there_is_named(tmp_path: Path, package: Package) -> None:
    name = package(pickup="")
    for missing in (f"{name}.survey", f"{name}x.pickup"):
        with pytest.raises(
            ConfigError, match=rf"\[bots\] modules: there is no module {missing} in the folder of config"
        ):
            load([missing], None, tmp_path)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("import not_installed_anywhere", "ModuleNotFoundError: No module named 'not_installed_anywhere'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_what_a_module_raises_is_told_with_its_own_lines_and_no_others(
    tmp_path: Path, package: Package, written: str, said: str
) -> None:
    name = package(pickup=f"# a bot\n{written}")
    with pytest.raises(ConfigError, match=rf"^\[bots\] modules: {name}.pickup cannot be imported\n") as caught:
        load([f"{name}.pickup"], None, tmp_path)
    told = str(caught.value)
    assert told.endswith(said)
    assert 'pickup.py", line 2' in told
    assert written in told
    assert told.count("File ") == 1


def test_without_modules_there_is_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[bots\] modules is empty; .* modules = \[\"bots\.pickup\"\]"):
        load([], None, tmp_path)


def test_a_module_without_flows_is_refused(tmp_path: Path, package: Package) -> None:
    name = package(pickup="from chatbot import Flow")
    with pytest.raises(ConfigError, match=rf"module {name}.pickup defines no flow"):
        load([f"{name}.pickup"], None, tmp_path)


def test_an_error_in_a_flow_reaches_its_author_with_file_and_line(tmp_path: Path, package: Package) -> None:
    name = package(pickup=BOT.format(more="", name="Pickup", keyword="x").replace('"Hello."', '"{hello}"'))
    with pytest.raises(FlowError, match=r"pickup.py:5: state only says \{hello\}, and the data has no fields"):
        load([f"{name}.pickup"], None, tmp_path)
