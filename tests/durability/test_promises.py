"""Every test that the table of promises names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from .mutants import MUTANTS, ROOT

PAGE = Path(__file__).parent / "README.md"
NAMED = re.compile(r"`((?:tests/)?[\w/]+\.py::\w+)`")


def named() -> list[str]:
    tests = [*NAMED.findall(PAGE.read_text()), *(mutant.test for mutant in MUTANTS)]
    return [test if test.startswith("tests/") else f"tests/{test}" for test in tests]


@cache
def functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_is_there() -> None:
    missing = [test for test in named() if test.partition("::")[2] not in functions(test.partition("::")[0])]
    assert missing == []


def promises() -> list[str]:
    table = PAGE.read_text().partition("## Inbound")[2].splitlines()
    return [line for line in table if line.startswith("| ") and not line.startswith("| promise")]


def test_every_promise_of_the_table_names_a_test() -> None:
    assert [row for row in promises() if not NAMED.search(row)] == []


@pytest.mark.parametrize(
    "promise",
    [
        *("2xx means committed", "2xx means synced", "one effect", "503", "quarantined, 202", "wrong secret: 404"),
        *("all or nothing", "commits once", "order of acceptance", "never wait", "one process a file"),
        *("three tries", "counted before it runs", "later messages go on", "again after the fix"),
        *(
            "committed before the POST",
            "connection never made",
            "429, 500, 503",
            "400: permanent",
            "pauses",
            "ambiguous",
        ),
        *("proves it was accepted", "on_ambiguous", "a person sends it again", "in order per contact"),
        *("not known yet", "no order and no doubling", "polled", "wrong token", "wrong `to`"),
        *("on disk", "fires once", "never before it is due", "prompt was sent", "gone with its state", "overdue"),
        *("SIGTERM", "POSTs under way", "kill -9 at any write", "kill -9 at any moment"),
    ],
)
def test_nothing_that_is_promised_is_left_out_of_the_table(promise: str) -> None:
    assert [row for row in promises() if promise in row.split("|")[1]]
