"""What a slow call gives, of the type that its function says it returns."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, get_type_hints

from chatbot import codec
from chatbot.flows.functions import name_of
from chatbot.flows.state import Slow


def returned(function: Slow, value: Any) -> Any:
    """Bring ``value``, as JSON has it, to the type that ``function`` says it returns.

    It stays as it is where the function says nothing, or a type that JSON cannot give back.
    Raises codec.CodecError when it is not of that type.
    """
    kind = kind_of(function)
    try:
        return codec.convert(value, kind)
    except codec.CodecError as error:
        raise codec.CodecError(f"{name_of(function)} gave no {getattr(kind, '__name__', kind)}: {error}") from error


@lru_cache(maxsize=1000)
def kind_of(function: Slow) -> Any:
    """Give the type that ``function`` says it returns; Any when it says none, or one that JSON cannot give back."""
    while isinstance(function, partial):
        function = function.func
    try:
        kind = get_type_hints(function).get("return", Any)
    except (NameError, TypeError):
        return Any
    return Any if codec.why_not(kind) else kind
