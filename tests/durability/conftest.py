"""A fork server for each test, and the figures of the sweeps at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .process import ForkServer, forking
from .sweep import Figures


@pytest.fixture(scope="session")
def fork() -> Iterator[ForkServer]:
    """Starts servers fast."""
    with forking() as server:
        yield server


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[Figures], None]:
    """Keep the figures of a sweep for the end of the run, and fail when a promise did not hold."""

    def keep(figures: Figures) -> None:
        for name, value in vars(figures).items():
            if isinstance(value, int):
                record_property(name, value)
        print(figures)  # noqa: T201 - for who runs it with -s
        assert figures.broken == []

    return keep


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up the figures of all sweeps."""
    total: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for one in reports:
            total.update(dict(getattr(one, "user_properties", [])) if getattr(one, "when", "") == "call" else {})
    if total:
        terminalreporter.section("kill sweep")
        terminalreporter.line(", ".join(f"{name} {count}" for name, count in total.items()))
