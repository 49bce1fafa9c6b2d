"""The commonest action: what came is kept in a field of the data."""

from __future__ import annotations

from typing import Any

from chatbot import codec
from chatbot.flows.fields import types_of
from chatbot.flows.turn import Turn

BRINGING = ("text", "choice", "answer", "done")
"""The triggers that bring something to keep."""


class Keep:
    """An action that puts what came into ``field``; see `keep`."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.__name__ = f"keep {field}"

    def __call__(self, turn: Turn[Any]) -> None:
        """Raises codec.CodecError when what came does not fit the field."""
        kind = types_of(type(turn.data)).get(self.field, Any)
        setattr(turn.data, self.field, codec.convert(codec.plain(_came(turn)), kind))


def keep(field: str) -> Keep:
    """Keep what came in a field of the data: ``address.on(text, to=confirm, do=keep("address"))``.

    That is the value of the answer or the choice, the result of a slow call, the data of an embedded flow, or the
    text without the spaces around it. A field that the data lacks is refused when the flow is imported.
    """
    return Keep(field)


def _came(turn: Turn[Any]) -> object:
    if turn.message is None or turn.result is not None:
        return turn.result
    given = turn.answer if turn.answer is not None else turn.choice
    return given if given is not None else turn.text.strip()
