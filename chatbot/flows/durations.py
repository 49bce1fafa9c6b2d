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
