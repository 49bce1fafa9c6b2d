"""`manual.md` has a row for each line of the manual, and each row a test that every run of the suite runs."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis

from chatbot.messages import ReceiptState
from chatbot.simulator import app as simulator
from chatbot.simulator import validation
from chatbot.web import app as web

HERE = Path(__file__).parent
WORDS = {name: one for name, one in vars(validation).items() if name.isupper() and isinstance(one, str)}
MESSAGES = sorted(one for one in WORDS.values() if one.endswith("."))
UNDOCUMENTED = {"413", "429", "502", "503"}
"""Statuses of the simulator that are not the manual's: its own limit, and faults asked for by a lever."""


@dataclass(frozen=True)
class Row:
    """One line of the manual."""

    line: str
    reading: str
    side: str
    test: str


def rows() -> list[Row]:
    """Read the tables of `manual.md`."""
    written = [line for line in (HERE / "manual.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in written]
    return [Row(line, reading, side, test.strip("`")) for line, reading, side, test in cells if line != "line"]


ROWS = rows()


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """Every test in this folder that an ordinary run runs."""
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", str(HERE)],
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE.parent.parent,
    )
    return {line.removeprefix("tests/gateway/") for line in listed.stdout.splitlines() if "::" in line}


def test_each_line_of_the_manual_names_a_test_that_is_run(tests: set[str]) -> None:
    assert [row.line for row in ROWS if row.test not in tests] == []


def test_no_line_stands_there_twice() -> None:
    assert len(ROWS) == len({row.line for row in ROWS}) > 80
    assert {row.side for row in ROWS} == {"both", "client", "simulator"}


@pytest.mark.parametrize("name", validation.PARAMETERS)
def test_each_parameter_that_is_known_has_a_line(name: str) -> None:
    written = [row for row in ROWS if row.line.startswith(f"`{name}`") or name in row.reading]
    assert written


@pytest.mark.parametrize("message", MESSAGES)
def test_each_validation_message_that_is_known_has_a_line(message: str) -> None:
    assert message.replace("{}", "${invalidparameter}") in {row.line for row in ROWS}


@pytest.mark.parametrize("state", [state.value for state in ReceiptState if state is not ReceiptState.UNKNOWN])
def test_each_state_that_is_known_has_a_line(state: str) -> None:
    assert f"`{state}`" in {row.line for row in ROWS}


def test_each_status_that_is_described_has_a_line() -> None:
    described = schemathesis.openapi.from_path(simulator.DESCRIPTION).raw_schema
    answers = [method["responses"] for path in described["paths"].values() for method in path.values()]
    known = {status for one in answers for status in one} - UNDOCUMENTED
    assert known <= {match[0] for row in ROWS if (match := re.match(r"\d{3}(?= [A-Z])", row.line))}


def test_the_lines_of_inbound_messages_name_each_of_their_fields() -> None:
    described = schemathesis.openapi.from_path(Path(web.__file__).with_name("openapi.yaml")).raw_schema
    fields = described["components"]["schemas"]["Message"]["properties"]
    assert {f"Inbound `{name}`" for name in fields} <= {row.line for row in ROWS}
