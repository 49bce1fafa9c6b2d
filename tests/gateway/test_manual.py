"""`manual.md` is the gateway's manual cut into rows, and each row names tests that every run of the suite runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from chatbot.messages import ReceiptState
from chatbot.simulator import validation
from chatbot.tyntec import wire

HERE = Path(__file__).parent
COPY = (HERE / "manual.txt").read_text(encoding="utf-8")
DIGEST = "64c563de9717b931e77b2a397828bd96f59de5b6fb27a970335ef7105dc19d9f"
LONGEST = 300
"""Characters that one row has at most, so that it makes one claim."""


@dataclass(frozen=True)
class Row:
    """Some words of the manual; ``tests`` is empty where nothing is asked of anybody, and ``reading`` then says why."""

    words: str
    reading: str
    side: str
    tests: tuple[str, ...]


def rows(text: str) -> list[Row]:
    """Read a table's rows, and the headings as rows too: their words are the manual's."""
    found = []
    for line in text.splitlines():
        if line.startswith("## "):
            found.append(Row(line.removeprefix("## "), "title", "–", ()))
        elif line.startswith("| ") and not line.startswith("| the manual |"):
            words, reading, side, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append(Row(words, reading, side, tuple(re.findall("`([^`]+)`", tests))))
    return found


def squeezed(text: str) -> str:
    """Leave out white space and the fences of code blocks: the copy has other line ends than the table."""
    return "".join("".join(line for line in text.splitlines() if line.strip() != "```").split())


def gaps(manual: str, table: Sequence[Row]) -> list[str]:
    """Say what of the manual stands in no row, and which row does not stand in the manual where it should."""
    found, place = [], 0
    for row in table:
        words = squeezed(row.words)
        at = manual.find(words, place)
        if at < 0:
            found.append(f"the manual does not say, there: {row.words}")
            continue
        if at > place:
            found.append(f"no row before {row.words!r} has: {manual[place:at]}")
        place = at + len(words)
    return found if place == len(manual) else [*found, f"no row at the end has: {manual[place:]}"]


MANUAL = squeezed(COPY)
ROWS = rows((HERE / "manual.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run() -> set[str]:
    """Every test of the files that the table names which an ordinary run runs."""
    files = sorted({str(HERE / test.partition("::")[0]) for row in ROWS for test in row.tests})
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE.parent.parent,
    )
    return {line.removeprefix("tests/gateway/") for line in listed.stdout.splitlines() if "::" in line}


def test_the_copy_is_the_whole_manual() -> None:
    assert sha256(MANUAL.encode()).hexdigest() == DIGEST


def test_the_rows_are_the_manual_word_for_word_and_in_its_order() -> None:
    assert gaps(MANUAL, ROWS) == []


def test_each_row_names_tests_that_are_run_or_says_why_there_are_none(run: set[str]) -> None:
    assert [test for row in ROWS for test in row.tests if test not in run] == []
    for row in ROWS:
        assert row.side in (("both", "simulator", "client") if row.tests else ("–",)), row.words
        assert row.tests or row.reading, row.words


def test_each_row_makes_one_claim() -> None:
    assert [row.words for row in ROWS if len(row.words) > LONGEST] == []
    assert sum(bool(row.tests) for row in ROWS) > 180


KNOWN = [
    *(name for name in validation.PARAMETERS if name != "deliverOnlyViaIM"),  # a spelling that only a reading has
    *wire.VALIDATION[:-1],
    *(state.value for state in ReceiptState if state is not ReceiptState.UNKNOWN),
    *("200", "400", "403", "404", "405", "406", "415", "500"),
]


@pytest.mark.parametrize("word", KNOWN)
def test_each_word_of_the_protocol_that_we_know_begins_a_row(word: str) -> None:
    assert any(re.match(rf"{re.escape(word)}(?!\w)", row.words) and row.tests for row in ROWS)


# The check, checked.


def test_a_row_that_is_missing_doubled_moved_or_of_another_text_is_found() -> None:
    for number, row in enumerate(ROWS):
        rest = [*ROWS[:number], *ROWS[number + 1 :]]
        assert gaps(MANUAL, rest), f"missing: {row.words}"
        assert gaps(MANUAL, [*ROWS[: number + 1], row, *ROWS[number + 1 :]]), f"doubled: {row.words}"
        assert gaps(MANUAL, [row, *rest]) or number == 0, f"moved: {row.words}"
    assert gaps(MANUAL, [*ROWS, Row("tyntec answers within a second.", "", "simulator", ())])
