"""A flow: a class of states and rows, compiled when its module is imported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from chatbot.errors import FlowError
from chatbot.flows.compile import CompiledFlow, compile_flow
from chatbot.flows.source import Location, written_at
from chatbot.flows.state import Anywhere, State

D = TypeVar("D")

APOLOGY = "Sorry, something went wrong on our side. We are looking into it."
UNMATCHED = "Sorry, I did not understand that."


class Flow(Generic[D]):
    """Base of every flow: ``class Pickup(Flow[Booking], keyword="pickup")`` with states and rows in its body.

    ``Booking`` is a dataclass whose fields all have defaults; leave it out for a flow without data. ``keyword`` (or
    several) starts the flow; ``interrupts=True`` lets it do so in the middle of another. ``apology`` is said when a
    turn fails for good, ``unmatched`` before the question is asked again. The flow's name is the class name in snake
    case. Raises FlowError, with file and line, for what cannot work.
    """

    compiled: ClassVar[CompiledFlow]
    name: ClassVar[str]
    data_type: ClassVar[type]
    keywords: ClassVar[tuple[str, ...]]
    interrupts: ClassVar[bool]
    apology: ClassVar[str]
    unmatched: ClassVar[str]
    at: ClassVar[Location]
    states: ClassVar[dict[str, State]]
    anywhere: ClassVar[Anywhere]

    def __init_subclass__(
        cls,
        keyword: str | tuple[str, ...] = (),
        interrupts: bool = False,
        apology: str = APOLOGY,
        unmatched: str = UNMATCHED,
        **more: Any,
    ) -> None:
        super().__init_subclass__(**more)
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()
        cls.keywords = (keyword,) if isinstance(keyword, str) else tuple(keyword)
        cls.interrupts, cls.apology, cls.unmatched = interrupts, apology, unmatched
        cls.at = written_at()
        cls.data_type = _data_type(cls)
        cls.states = {name: value for name, value in vars(cls).items() if isinstance(value, State)}
        if not cls.states:
            raise FlowError(f"{cls.at}: flow {cls.name} has no states; write start = State(..., initial=True)")
        cls.compiled = compile_flow(cls)


@dataclass
class NoData:
    """The data of a flow that keeps none."""


def _data_type(cls: type) -> type:
    for base in getattr(cls, "__orig_bases__", ()):
        if get_origin(base) is Flow and isinstance(get_args(base)[0], type):
            return get_args(base)[0]  # type: ignore[no-any-return]
    return NoData
