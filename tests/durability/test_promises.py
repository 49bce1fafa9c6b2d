"""Every test that the table of promises names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

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


def test_every_promise_of_the_table_names_a_test() -> None:
    table = PAGE.read_text().partition("## Inbound")[2].splitlines()
    rows = [line for line in table if line.startswith("| ") and not line.startswith("| promise")]
    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row)] == []
