"""Durations that read like words: ``timeout=minutes(30)``."""

from __future__ import annotations

from datetime import timedelta

from chatbot.errors import FlowError
from chatbot.flows.source import written_at


def seconds(count: float) -> timedelta:
    """``count`` seconds."""
    return _duration("seconds", count)


def minutes(count: float) -> timedelta:
    """``count`` minutes."""
    return _duration("minutes", count)


def hours(count: float) -> timedelta:
    """``count`` hours."""
    return _duration("hours", count)


def days(count: float) -> timedelta:
    """``count`` days."""
    return _duration("days", count)


def _duration(unit: str, count: float) -> timedelta:
    """Make a duration. Raises FlowError, with file and line, for a ``count`` that is no number."""
    try:
        return timedelta(**{unit: count})
    except (TypeError, ValueError, OverflowError):
        raise FlowError(written_at(2), f"{unit}({count!r}) is no duration; write {unit}(5)") from None


def measured(delay: timedelta) -> tuple[float, str]:
    """Give ``delay`` in the largest unit that measures it whole: 90 ``minutes``."""
    count = delay.total_seconds()
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if count and count % size == 0:
            return count / size, unit
    return count, "seconds"


def in_words(delay: timedelta) -> str:
    """Write ``delay`` as people do: ``1 hour``, ``90 minutes``."""
    count, unit = measured(delay)
    return f"{count:g} {unit.removesuffix('s') if count == 1 else unit}"
