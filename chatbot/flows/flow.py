"""A flow: a class of states and rows, compiled when its module is imported."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import NoneType
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from chatbot.errors import FlowError
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.source import Location, written_at
from chatbot.flows.state import Embed, Source, State, Successor
from chatbot.messages import AS_CONFIGURED, Travel

D = TypeVar("D")

APOLOGY = "Sorry, something went wrong on our side. We are looking into it."
UNMATCHED = "Sorry, I did not understand that."
REMINDER = "That answers an earlier question. We are here now:"


class Flow(Generic[D]):
    """Base of every flow: ``class Pickup(Flow[Booking], keyword="pickup")`` with states and rows in its body.

    ``Booking`` is a dataclass whose fields all have defaults; ``Flow[None]`` keeps no data. The flow's name is the
    class name in snake case; ``formerly`` names what it was called before. ``keyword`` (or several) starts it,
    and ``keyword=()`` says that only a campaign or `chatbot send` does; ``interrupts=True`` lets it start in the middle
    of another. ``apology`` is said when a turn fails for good, ``unmatched`` and ``reminder`` before a question is
    asked again. ``travel=Travel(purpose="promotion")`` says how its messages travel. Raises FlowError, with file and
    line, for what cannot work.

    A flow changes while people are in the middle of it. Three class attributes say how they go on: ``renamed`` gives
    for the name of an old state (or `Embed`) the one that follows it, or a function of the data, as it is after
    ``upgrade``, that gives one: ``{"details": lambda data: Pickup.street if data.city else Pickup.city}``; ``upgrade``
    makes of the old data (a dict) the new; whoever cannot be placed even so enters ``landing``. An embedded flow says
    this for its own states and data; ``renamed`` of the outer one may name them too: ``{"where.street": address}``.
    What follows is not entered: its prompt is not sent, and no slow call begun; so let a question follow a question.
    """

    compiled: ClassVar[CompiledFlow]
    name: ClassVar[str]
    data_type: ClassVar[type]
    keywords: ClassVar[tuple[str, ...]]
    from_outside: ClassVar[bool]
    formerly: ClassVar[tuple[str, ...]]
    interrupts: ClassVar[bool]
    apology: ClassVar[str]
    unmatched: ClassVar[str]
    reminder: ClassVar[str]
    travel: ClassVar[Travel]
    at: ClassVar[Location]
    renamed: ClassVar[Mapping[str, Successor]] = {}
    landing: ClassVar[State | Embed | None] = None

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        """Make the data of today of data that any older version of the flow has stored.

        It is called whenever the flow has changed, so ``old`` may be of today's shape already. What it holds for a
        field that is no more is to be moved or dropped: ``{"hour": old.pop("time", ""), **old}``. Data of a flow that
        is not embedded any more stands in it under the name of the `Embed`.
        """
        return old

    def __init_subclass__(
        cls,
        keyword: str | tuple[str, ...] | None = None,
        formerly: str | tuple[str, ...] = (),
        interrupts: bool = False,
        apology: str = APOLOGY,
        unmatched: str = UNMATCHED,
        reminder: str = REMINDER,
        travel: Travel = AS_CONFIGURED,
        **more: Any,
    ) -> None:
        super().__init_subclass__()
        _refuse_taken_names(cls)
        cls.at = written_at()
        _refuse_unknown(cls.at, more)
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()
        cls.keywords = _names(cls.at, "keyword", () if keyword is None else keyword)
        cls.from_outside = keyword == ()
        cls.formerly = _names(cls.at, "formerly", formerly)
        cls.interrupts, cls.apology, cls.unmatched, cls.reminder = interrupts, apology, unmatched, reminder
        cls.travel = travel
        cls.data_type = _data_type(cls)
        cls.compiled = CompiledFlow(cls)
        for source in vars(cls).values():
            if isinstance(source, Source):
                source.closed = True


@dataclass
class NoData:
    """The data of a flow that keeps none."""


def _data_type(cls: type) -> type:
    for base in getattr(cls, "__orig_bases__", ()):
        if get_origin(base) is Flow and (found := get_args(base)[0]) is not NoneType:
            return found  # type: ignore[no-any-return]
    return NoData


def _names(at: Location, word: str, given: Any) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise FlowError(
            at, f'{word}={given!r}: write words in quotes: {word}="pickup", or {word}=("pickup", "collect")'
        )
    return tuple(names)


def _refuse_unknown(at: Location, more: dict[str, Any]) -> None:
    known = [name for name in inspect.signature(Flow.__init_subclass__).parameters if name != "more"]
    for name in more:
        near = get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
        raise FlowError(at, f"a flow takes no {name}; {advice}")


def _refuse_taken_names(cls: type) -> None:
    """A state called ``name`` would be lost without a word: every flow has a name."""
    taken = {*Flow.__annotations__, "upgrade"} - {"landing"}
    for name, value in vars(cls).items():
        if name in taken and isinstance(value, Source):
            raise FlowError(value.at, f"every flow has a {name} of its own; call this one otherwise: ask_{name}")
