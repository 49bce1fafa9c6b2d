"""Durations that read like words: ``timeout=minutes(30)``."""

from __future__ import annotations

from datetime import timedelta


def seconds(count: float) -> timedelta:
    """``count`` seconds."""
    return timedelta(seconds=count)


def minutes(count: float) -> timedelta:
    """``count`` minutes."""
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    """``count`` hours."""
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    """``count`` days."""
    return timedelta(days=count)


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
