"""A stored conversation comes back: under the flow that it began with, or under what that flow has become.

Restoring never raises. Who cannot be placed enters a declared state: ``landing``, else the initial one.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot import codec
from chatbot.flows.places import Frames, Place, chain, entrance, joined, members
from chatbot.flows.source import Location
from chatbot.flows.state import Embed, Source, State
from chatbot.flows.turn import Progress, Turn

if TYPE_CHECKING:
    from chatbot.flows.compile import CompiledFlow


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as it was stored: ``data`` and ``progress`` are JSON."""

    state: str
    data: str
    progress: str
    fingerprint: str
    history: tuple[str, ...] = ()

    @classmethod
    def of(cls, flow: CompiledFlow, turn: Turn[Any]) -> Stored:
        """Write down where ``turn`` leaves its conversation.

        Raises codec.CodecError, with the name of the field, for data that is not of its type: it could not be restored.
        """
        written = ""
        for prefix, data in {**turn.progress.frames, "": turn.data}.items():
            try:
                written = codec.dumps_as(data, flow.frames[prefix].data_type)
            except codec.CodecError as error:
                whose = f"{flow.name}.{prefix}" if prefix else flow.name
                raise codec.CodecError(f"the data of {whose} is not of its type: {error}") from error
        return cls(turn.state, written, codec.dumps(turn.progress), flow.fingerprint, tuple(turn.history))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What a stored conversation loses under today's flow though nobody has declared it; ``advice``: what to write."""

    why: str
    advice: str


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a conversation goes on. ``landed`` says in words why its own state could not be kept, or is ""."""

    state: str
    data: Any
    progress: Progress
    history: list[str]
    landed: str = ""
    obstacles: tuple[Obstacle, ...] = ()


def restore(flow: CompiledFlow, stored: Stored) -> Restored:
    """Bring ``stored`` to today's ``flow``: renamed states and upgraded data first, a landing state at last.

    Each embedded flow brings its own part, as it declares. Data that no field takes any more is left behind.
    """
    today = _Today(flow, changed=stored.fingerprint != flow.fingerprint)
    try:
        progress = codec.loads(stored.progress, Progress)
    except codec.CodecError:
        progress = Progress()
    today.take({"": stored.data, **progress.frames})
    history, landed, undeclared = list(stored.history), "", []
    try:
        place, begun = today.place(stored.state)
        today.hold(place, begun)
        if today.changed:
            history = today.history(stored.history, place.name)
    except Nowhere as nowhere:
        place, begun, declared = today.landing(nowhere.prefix)
        history, landed, undeclared = [], str(nowhere), [] if declared else [nowhere.obstacle]
        progress = Progress(language=progress.language)
    progress.frames = today.frames(begun)
    return Restored(place.name, today.data[""], progress, history, landed, (*undeclared, *today.dropped))


def state_now(flow: CompiledFlow, name: str, back: Restored) -> str | None:
    """Give what the state ``name`` is called today in the conversation that has come ``back``, or None."""
    today = _Today(flow, changed=True)
    today.data = {"": back.data, **back.progress.frames}
    try:
        return today.place(name)[0].name
    except Nowhere:
        return None


def place_of_call(flow: CompiledFlow, state: str, data: str, fingerprint: str) -> tuple[Place, Any]:
    """Give the place today of a slow call that ``state`` has asked for, and the ``data`` for it, as `restore` does.

    Raises Nowhere when there is none.
    """
    today = _Today(flow, changed=fingerprint != flow.fingerprint)
    today.take({_outer(state): data})
    place, _ = today.place(state)
    return place, today.of(place.prefix)


class Nowhere(LookupError):
    """There is no place for a stored conversation: in the frame ``prefix``, ``why``, and what to write."""

    def __init__(self, prefix: str, why: str, advice: str) -> None:
        super().__init__(why)
        self.prefix = prefix
        self.obstacle = Obstacle(why, advice)


class _Today:
    """What was stored, as today's flow has it.

    ``data`` is that of each frame, by today's prefix; ``failed`` says why that of a frame cannot be read; ``dropped``
    what no field takes any more.
    """

    def __init__(self, flow: CompiledFlow, *, changed: bool) -> None:
        self.flow = flow
        self.changed = changed
        self.data: dict[str, Any] = {}
        self.failed: dict[str, str] = {}
        self.dropped: list[Obstacle] = []

    def take(self, written: Mapping[str, Any]) -> None:
        """Bring the data of each frame to today's type. Outer ones come first: they may decide what an inner one is.

        The data of a flow that is not embedded any more goes to the upgrade of what it was embedded in, under its name.
        """
        for old in written:
            prefix = self._prefix(old)
            if prefix is not None and prefix not in self.data:
                inner = {one.rpartition(".")[2]: data for one, data in written.items() if one and _outer(one) == old}
                gone = {name: data for name, data in inner.items() if self._gone(prefix, name)}
                self._take(prefix, written[old], gone)

    def place(self, name: str, prefix: str = "") -> tuple[Place, Frames]:
        """Give the place that the state ``name`` of a frame is today, and the frames that begin there.

        Raises Nowhere.
        """
        full = joined(prefix, name)
        if full in self.flow.places:
            return self.flow.places[full], ()
        head, dot, rest = name.partition(".")
        follower = self._follower(prefix, name)
        if follower is None and dot:
            follower = self._inside(prefix, head)
            if isinstance(follower, Embed):
                return self.place(rest, joined(prefix, follower.name))
        if follower is None:
            owner = self.flow.frames[prefix].name
            advice = f'write in flow {owner}: renamed = {{"{name}": the_state_that_follows}}, or landing = a_state'
            raise Nowhere(prefix, f"there is no state {full} any more", advice)
        return entrance(self.flow.places, prefix, follower)

    def of(self, prefix: str) -> Any:
        """Give the data of a frame. Raises Nowhere when it could not be read."""
        if prefix in self.data:
            return self.data[prefix]
        whose = f"the data of {prefix}" if prefix else "the data"
        why = f"{whose} cannot be read: {self.failed[prefix]}" if prefix in self.failed else f"{whose} is missing"
        owner = self.flow.frames[prefix].name
        advice = f"write in flow {owner} a function upgrade(old) that makes today's data, or landing = a_state"
        raise Nowhere(prefix, why, advice)

    def hold(self, place: Place, begun: Frames) -> None:
        """Raise Nowhere unless there is the data of each frame around ``place``."""
        for prefix in chain(place.prefix):
            if prefix not in dict(begun):
                self.of(prefix)

    def landing(self, prefix: str) -> tuple[Place, Frames, bool]:
        """Give where they land who have no place in the frame ``prefix``, and whether that is declared."""
        for around in reversed(chain(prefix)):
            landing = self.flow.frames[around].landing
            if landing is not None or not around:
                break
        for each in chain(around):
            self.data.setdefault(each, self.flow.frames[each].data_type())
        if landing is None:
            return self.flow.initial, self.flow.entering, False
        return *entrance(self.flow.places, around, landing), True

    def frames(self, begun: Frames) -> dict[str, Any]:
        """Give the data of the embedded flows, that of those which begin anew."""
        return {
            **{prefix: data for prefix, data in self.data.items() if prefix},
            **{prefix: flow.data_type() for prefix, flow in begun},
        }

    def history(self, names: tuple[str, ...], now: str) -> list[str]:
        """Give the way back as far as it still leads from one place to another."""
        found = [now]
        for name in reversed(names):
            try:
                place, begun = self.place(name)
                self.hold(place, begun)
            except Nowhere:
                continue
            if not begun and place.name != found[-1]:
                found.append(place.name)
        return found[:0:-1]

    def _prefix(self, old: str) -> str | None:
        """Give what the frame ``old`` is called today; None when it is gone."""
        prefix = ""
        for head in old.split(".") if old else ():
            try:
                inside = self._inside(prefix, head)
            except Nowhere:
                return None
            if not isinstance(inside, Embed):
                return None
            prefix = joined(prefix, inside.name)
        return prefix

    def _inside(self, prefix: str, head: str) -> State | Embed | None:
        """Give the embedded flow that is or was called ``head``, or what follows it."""
        member = members(self.flow.frames[prefix]).get(head)
        return member if isinstance(member, Embed) else self._follower(prefix, head)

    def _follower(self, prefix: str, name: str) -> State | Embed | None:
        owner = self.flow.frames[prefix]
        given = owner.renamed.get(name)
        if given is None or isinstance(given, Source):
            return given
        advice = f'mend renamed["{name}"] of flow {owner.name}, or write landing = a_state'
        try:
            found = given(self.of(prefix))
        except Nowhere:
            raise
        except Exception as error:  # the author's function may raise anything, and nobody may be stranded by it
            raise Nowhere(prefix, f'renamed["{name}"] fails: {_in_short(error)}', advice) from error
        if found not in members(owner).values():
            raise Nowhere(prefix, f'renamed["{name}"] gives {found!r}, which is no state of flow {owner.name}', advice)
        return found

    def _gone(self, prefix: str, name: str) -> bool:
        """Tell whether ``name``, which was an embedded flow of the frame, is none of its embedded flows any more."""
        try:
            return not isinstance(self._inside(prefix, name), Embed)
        except Nowhere:
            return False

    def _take(self, prefix: str, written: Any, gone: Mapping[str, Any]) -> None:
        owner = self.flow.frames[prefix]
        try:
            old = codec.loads(written, dict[str, Any]) if isinstance(written, str) else written
            new = owner.upgrade({**gone, **old}) if self.changed else old
            self.data[prefix] = codec.convert(new, owner.data_type)
        except Exception as error:  # the author's upgrade may raise anything, and nobody may be stranded by it
            self.failed[prefix] = _in_short(error)
            return
        names: dict[str, dict[str, None]] = {}
        for path, kind in codec.unknown(new, owner.data_type) if self.changed else ():
            names.setdefault(kind, {})[f"`{path}`"] = None
        whose = f"the data of {prefix}" if prefix else "the data"
        advice = f"write in flow {owner.name} a function upgrade(old) that moves it or drops it"
        for kind, paths in names.items():
            why = f"{whose} has {' and '.join(paths)}, which today's {kind} has no field for"
            self.dropped.append(Obstacle(why, advice))


def _in_short(error: Exception) -> str:
    """Say what has failed and where, but not with which value: it may be the contact's words, and this is logged."""
    if isinstance(error, codec.CodecError):
        return re.sub(r""" (['"]).*\1""", "", str(error), flags=re.DOTALL)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Location(last.filename, last.lineno or 0)}"


def _outer(name: str) -> str:
    return name.rpartition(".")[0]
