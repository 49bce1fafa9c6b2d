"""Each seeded fault is noticed by the test that is named with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .mutants import MUTANTS, ROOT, Mutant, is_caught

FAST = 10
"""So many, those that the promises name first, are tried at each change of the code; all by ``-m slow``."""


@pytest.mark.parametrize(
    "mutant",
    [pytest.param(one, marks=[pytest.mark.slow] if number >= FAST else []) for number, one in enumerate(MUTANTS)],
    ids=lambda mutant: mutant.name,
)
def test_a_seeded_fault_is_caught(mutant: Mutant) -> None:
    caught, said = is_caught(mutant)
    assert caught, said


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_still_fits_the_source(mutant: Mutant) -> None:
    for name, (old, _) in mutant.patches.items():
        assert Path(ROOT / name).read_text().count(old) == 1, name
