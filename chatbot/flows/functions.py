"""The author's functions: what is refused of them at import, and what they may not give in a turn."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from chatbot.errors import FlowError
from chatbot.flows.source import Location


def name_of(function: Callable[..., object]) -> str:
    """Give the name an author knows a function by."""
    inner = getattr(function, "func", function)  # of a functools.partial
    return str(getattr(inner, "__name__", type(inner).__name__))


def refuse_function(function: Any, what: str, at: Location, given: str = "turn") -> None:
    """Raise FlowError for a function that is async, or that cannot be called with ``given`` alone; for a class too."""
    if isinstance(function, type):
        raise FlowError(at, f"{what}={name_of(function)} is a class, and no function of the {given}")
    if is_async(function):
        name = name_of(function)
        raise FlowError(
            at,
            f"{name} is async, and a turn does no I/O; give the work to a state of its own: "
            f"State(invoke={name}), with rows for done and error",
        )
    if why := _why_uncallable(function, given):
        name = name_of(function)
        write = f"lambda {given}: ..." if name == "<lambda>" else f"def {name}({given})"
        raise FlowError(at, f"{what}={name} cannot be called with the {given} alone: {why}; write {write}")


def refuse_call(function: Any, at: Location) -> None:
    """Raise FlowError for what is no async function of the data, or of the data and a key."""
    if not callable(function) or not is_async(function):
        name = name_of(function) if callable(function) else repr(function)
        raise FlowError(at, f"invoke={name} must be an async function of the data; write its name alone, without ()")
    if (why := _why_uncallable(function, "data")) and not takes_key(function):
        name = name_of(function)
        raise FlowError(
            at,
            f"invoke={name} cannot be called with the data, or with the data and a key: {why}; "
            f"write async def {name}(data)",
        )


def takes_key(function: Callable[..., object]) -> bool:
    """Tell whether a slow call takes an idempotency key besides the data."""
    return not _why_uncallable(function, "data", "key")


def is_async(function: object) -> bool:
    """Tell whether a call of ``function`` gives something to be awaited, as far as its definition tells."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def at_once(function: Callable[..., Any], *given: object) -> Any:
    """Call ``function``. Raises TypeError when it gives something to be awaited: ``lambda turn: look_up(turn)``."""
    value = function(*given)
    if not inspect.isawaitable(value):
        return value
    if inspect.iscoroutine(value):
        value.close()
    raise TypeError(
        f"{name_of(function)} gives {type(value).__name__}, and a turn awaits nothing; write State(invoke=...)"
    )


def _why_uncallable(function: Callable[..., object], *given: object) -> str:
    """Say why ``function`` cannot be called with ``given``; "" when it can, or when nobody can tell."""
    try:
        inspect.signature(function).bind(*given)
    except TypeError as error:
        return str(error)
    except ValueError:  # some functions written in C do not tell what they take
        return ""
    return ""
