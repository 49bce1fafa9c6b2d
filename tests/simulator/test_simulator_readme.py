"""The simulator's README says what is so: each lever, fault, preset and option as the code has it."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from pathlib import Path

import pytest
from starlette.routing import Route

from chatbot import simulator
from chatbot.simulator.callbacks import Callbacks
from chatbot.simulator.control import Levers
from chatbot.simulator.faults import OTHER_FAULTS, REQUEST_FAULTS
from chatbot.simulator.options import Described, Options, described
from chatbot.simulator.reach import FLAGS, PRESETS, Reachability
from chatbot.simulator.simulator import Simulator

README = (Path(simulator.__file__).parent / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Give the rows of the table under ``heading``, without its head."""
    section = re.split(r"^#+ ", README.partition(f" {heading}\n")[2], flags=re.MULTILINE)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")
    ]


@pytest.mark.parametrize("option", list(described()), ids=lambda option: option.name)
def test_each_option_stands_there_as_it_is(option: Described) -> None:
    default = f"`{option.default}`" if option.default else ""
    row = [f"`{option.name}`", option.values.replace("|", ", "), default, option.help, option.source]
    assert row in table("Options")


def test_no_option_stands_there_that_is_gone() -> None:
    assert [row[0].strip("`") for row in table("Options")] == [option.name for option in described()]


def test_each_fault_stands_there_as_it_is() -> None:
    assert table("Faults") == [[f"`{name}`", text] for name, text in {**REQUEST_FAULTS, **OTHER_FAULTS}.items()]


def test_each_reachability_stands_there_as_it_is() -> None:
    flags = {name: [flag for flag, is_set in asdict(reach).items() if is_set] for name, reach in PRESETS.items()}
    assert list(FLAGS) == [one.name for one in fields(Reachability)]
    assert table("Reachability") == [[f"`{name}`", text] for name, text in FLAGS.items()] + [
        [f"`{name}`", ", ".join(f"`{one}`" for one in set_)] for name, set_ in flags.items()
    ]


def test_each_lever_stands_there() -> None:
    simulator = Simulator(Options())
    routes = Levers(simulator, Callbacks(simulator)).routes()
    assert {row[0].strip("`") for row in table("Levers")} == {
        one.path.strip("/") for one in routes if isinstance(one, Route)
    }
