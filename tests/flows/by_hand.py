"""One contact's conversations, worked out by hand: from the rules alone, without machine, engine or store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chatbot.flows.flow import REMINDER

from .plain import (
    AFTER,
    EVERY,
    GUARDS,
    PARDON,
    SORRY,
    TIMEOUT,
    TIMES,
    UNDELIVERED,
    Place,
    PlainFlow,
    PlainRow,
    PlainState,
    name_of,
    written_id,
)

LIMIT = 20
"""Steps back that a conversation remembers."""
NEWS = {"UNDELIVERABLE": 1, "DELIVERED": 2}
"""News of a message, the later ones lasting."""


def result_of(number: int) -> tuple[str, bool]:
    """Give how the slow call of this number ends: its result as JSON, or an error, and whether it went well."""
    return (str(number % 4), True) if number % 3 else ("no luck", False)


@dataclass
class Said:
    """A message that was sent: ``news`` is what is known of it."""

    text: str
    flow: str
    place: Place
    visit: int
    news: str = ""


@dataclass
class Talk:
    """A conversation in one flow: where it is, the counts of its data and of each embedded flow's, and the way back."""

    flow: PlainFlow
    place: Place
    counts: dict[Place, int] = field(default_factory=lambda: {(): 0})
    past: list[Place] = field(default_factory=list)
    misses: int = 0
    page: int = 0
    reminded: bool = False

    @property
    def state(self) -> PlainState:
        return self.flow.state(self.place)

    @property
    def is_over(self) -> bool:
        return self.state.final and len(self.place) == 1


@dataclass
class Event:
    """What a row may fire for: ``kind`` as in the machine, and what it brings."""

    kind: str
    word: str = ""
    timer: str = ""
    chosen: str | None = None
    answered: int | None = None
    channel: str = ""
    reason: str = ""
    ended: str = ""
    result: int = 0
    delivered: bool = False
    late: bool = False


@dataclass
class ByHand:
    """The contact. ``said`` is all that was heard so far, ``trail`` the rows that fired, ``taken`` the arrows."""

    flows: Mapping[str, PlainFlow]
    now: datetime
    talk: Talk | None = None
    behind: list[Talk] = field(default_factory=list)
    visit: int = 0
    said: list[Said] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    taken: set[tuple[str, str, str, str]] = field(default_factory=set)
    calls: int = 0
    timers: list[tuple[datetime, str]] = field(default_factory=list)
    _entered: bool = False
    _begun: int = 0

    # What happens.

    def user(self, word: str, quoted: Said | None) -> None:
        live = self.talk if self.talk is not None and not self.talk.is_over else None
        called = next((flow for name, flow in self.flows.items() if name == word), None)
        if live is None:
            self._turn(lambda: self._begin(called or next(iter(self.flows.values()))))
        elif called is not None and called is not live.flow and called.interrupts:
            self._turn(lambda: self._begin(called))
        elif quoted is not None and any(one.flow.name == quoted.flow for one in self.behind):
            self._turn(lambda: self._switch(quoted, word))
        else:
            self._turn(lambda: self._hear(word, quoted))

    def start(self, name: str) -> None:
        self._turn(lambda: self._begin(self.flows[name]))

    def receipt(self, sent: Said, news: str, channel: str, reason: str) -> None:
        if NEWS[news] <= NEWS.get(sent.news, 0):
            return
        sent.news = news
        kind = "delivered" if news == "DELIVERED" else "failed"
        if self.talk is not None and sent.visit == self.visit:
            self._turn(lambda: self._fire(Event(kind, channel=channel, reason=reason)))

    def wait(self, minutes: int) -> None:
        until = self.now + timedelta(minutes=minutes)
        while self.timers and (due := min(self.timers)[0]) <= until:
            self.now = due
            visit = self.visit
            names = [name for at, name in self.timers if at == due]
            self.timers = [(at, name) for at, name in self.timers if at != due]
            for name in names:
                if self.visit == visit:
                    self._turn(lambda name=name: self._fire(self._timeout(name)), call=False)  # type: ignore[misc]
            self._call()
        self.now = until

    # How a turn goes.

    def _turn(self, happens: Callable[[], object], *, call: bool = True) -> None:
        self._entered, self._begun = False, len(self.said)
        happens()
        self._hand_over()
        while self._entered and self.live.is_over and self.behind:
            self.talk = self.behind.pop()
            self._enter(self.live.place)
            self._hand_over()
        if self._entered:
            self._set_timers()
        if call:
            self._call()

    def _call(self) -> None:
        """Make the slow call of the state that was entered, and take its end."""
        if self._entered and self.live.state.invokes:
            self.calls += 1
            value, ok = result_of(self.calls)
            event = Event("done", result=int(value)) if ok else Event("error")
            self._turn(lambda: self._fire(event))

    def _hand_over(self) -> None:
        """Where an embedded flow has ended, its data is handed to the outer one."""
        while self._entered and self.live.state.final and len(self.live.place) > 1:
            here = self.live.place
            if not self._fire(Event("done", ended=f"m{here[-1]}", result=self.live.counts[here[:-1]])):
                return

    @property
    def live(self) -> Talk:
        assert self.talk is not None
        return self.talk

    def _begin(self, flow: PlainFlow) -> None:
        others = [one for one in self.behind if one.flow is not flow]
        interrupts = self.talk is not None and not self.talk.is_over and self.talk.flow is not flow
        self.behind = [*others, self.live] if interrupts else others
        self.talk = Talk(flow, flow.entrance())
        self._begin_anew((), self.talk.place)
        self._enter(self.talk.place)

    def _switch(self, quoted: Said, word: str) -> None:
        [back] = [one for one in self.behind if one.flow.name == quoted.flow]
        self.behind = [*(one for one in self.behind if one is not back), self.live]
        self.talk = back
        self.visit += 1
        self._entered = True
        self._hear(word, quoted)

    def _hear(self, word: str, quoted: Said | None) -> None:
        """Take a message: as asking for more, as an answer, as a word, or as nothing that fits."""
        talk, state = self.live, self.live.state
        if state.asks == "pages" and word in ("0", "more"):
            talk.page, talk.misses = talk.page + 1, 0
            self._ask()
            return
        event = Event("message", word.strip().lower().rstrip("."))
        elsewhere = quoted is not None and (quoted.flow, quoted.place) != (talk.flow.name, talk.place)
        event.late = elsewhere and (state.says or bool(state.asks)) and state.late != "accept" and not talk.reminded
        if not event.late and state.asks in ("choices", "pages"):
            event.chosen = {"1": "apple", "2": "pear", "pear": "pear"}.get(event.word)
        elif not event.late and state.asks == "number" and event.word in set("123456789"):
            event.answered = int(event.word)
        if self._fire(event):
            self.live.misses = 0
            return
        if event.late:
            if state.late == "remind":
                talk.reminded = True
                self._say(REMINDER)
                self._ask()
            return
        talk.misses += 1
        if not self._fire(Event("unmatched")):
            self._say(SORRY if state.asks == "number" and event.answered is None else PARDON)
            self._ask()

    def _timeout(self, name: str) -> Event:
        mine = [one for one in self.said if one.visit == self.visit]
        return Event("timeout", timer=name, delivered=bool(mine) and all(one.news == "DELIVERED" for one in mine))

    # How a row fires.

    def _fire(self, event: Event) -> bool:
        rows = self.live.flow.rows(self.live.place)
        exact = [one for one in rows if one[1].value is not None]
        answers = [one for one in rows if one[1].value is None and one[1].kind in ("choice", "answer")]
        rest = [one for one in rows if one not in exact and one not in answers]
        for inside, row in [*exact, *answers, *rest]:
            count = self.live.counts.get(inside, 0)
            if self._fits(row, event) and all(GUARDS[name](count) for name in row.guards):
                self._follow(inside, row, event)
                return True
        return False

    def _fits(self, row: PlainRow, event: Event) -> bool:
        match event.kind:
            case "message":
                heard = event.answered if row.kind == "answer" else event.chosen
                if row.kind == "text":
                    return not event.late if row.value is None else row.value in (event.word, event.chosen)
                return row.kind in ("choice", "answer") and heard is not None and row.value in (None, heard)
            case "unmatched":
                return row.kind == "unmatched" and self.live.misses >= int(row.value or 0)
            case "timeout":
                return row.trigger == event.timer and not (row.kind == "undelivered" and event.delivered)
            case kind:
                told = {"delivered": event.channel, "failed": event.reason, "done": event.ended}.get(kind)
                return row.kind == kind and row.value in (None, told)

    def _follow(self, inside: Place, row: PlainRow, event: Event) -> None:
        talk, here = self.live, self.live.place
        if row.adds:
            talk.counts[inside] += 1 + event.result
        if row.says:
            self._say(f"row {row.number} ({talk.counts[inside]})")
        lost = row.to == "previous" and not talk.past  # there is nothing to go back to
        there = talk.past[-1] if row.to == "previous" and not lost else talk.flow.target(here, inside, row)
        goes = "stays" if lost or row.to in (None, "again") else name_of(there)
        self.trail.append(f"{name_of(here)}: {row.label} -> {goes}")
        if lost or row.to == "again":
            self._ask()
        if not lost:
            self.taken.add((talk.flow.name, written_id(here), written_id(there), row.drawn))
        if goes == "stays":
            return
        self._remember(here, there, row)
        if row.to != "previous":
            self._begin_anew(inside, there)
        self._enter(there)

    def _begin_anew(self, inside: Place, there: Place) -> None:
        """Let the flows begin that are entered on the way from the flow at ``inside``."""
        for depth in range(len(inside) + 1, len(there)):
            self.live.counts[there[:depth]] = 0

    def _remember(self, here: Place, there: Place, row: PlainRow) -> None:
        """Keep the way back. A slow call is passed by, and leads back to where it was asked for."""
        talk = self.live
        passed = talk.flow.is_passed(here)
        if row.to == "previous" or (passed and here != there and talk.past[-1:] == [there]):
            talk.past.pop()
        elif here != there and not passed:
            talk.past = [*talk.past, here][-LIMIT:]

    def _enter(self, place: Place) -> None:
        talk = self.live
        talk.place, talk.misses, talk.page, talk.reminded = place, 0, 0, False
        self.visit += 1
        self._entered = True
        for said in self.said[self._begun :] if talk.state.asks and not talk.state.says else ():
            if said.flow == talk.flow.name:  # it is what asks the question
                said.place, said.visit = place, self.visit
        self._ask()

    def _set_timers(self) -> None:
        state = self.live.state
        rows = [row for _, row in self.live.flow.rows(self.live.place)]
        nine = self.now.replace(hour=9, minute=0)
        dues = [("timeout", self.now + timedelta(minutes=TIMEOUT))] if state.times_out else []
        for trigger, kind in dict.fromkeys((row.trigger, row.kind) for row in rows):
            delays = {"after": [AFTER], "every": [EVERY * (n + 1) for n in range(TIMES)], "undelivered": [UNDELIVERED]}
            dues += [(trigger, self.now + timedelta(minutes=delay)) for delay in delays.get(kind, ())]
            if kind == "at":
                dues.append((trigger, nine if nine > self.now else nine + timedelta(days=1)))
        self.timers = [(due, name) for name, due in dues]

    # What is said.

    def _ask(self) -> None:
        talk, state = self.live, self.live.state
        owner = talk.flow.owners(talk.place)[-1].name
        lines = [f"{owner} m{talk.place[-1]} ({talk.counts[talk.place[:-1]]})"] if state.says else []
        if state.asks == "choices":
            lines += ["1. apple", "2. pear"]
        elif state.asks == "pages":
            lines += [["1. apple", "2. pear"][talk.page % 2], "0. More"]
        if lines:
            self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        self.said.append(Said(text, self.live.flow.name, self.live.place, self.visit))
