"""Plays a transcript on a stage and compares, step by step, what the bot says with what is written."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.flows.catalogue import Catalogue
from chatbot.testing.stage import Stage, start_of_clock
from chatbot.testing.transcript import (
    INPUTS,
    Captures,
    Step,
    Transcript,
    invocation_of,
    quote_of,
    seconds_of,
    start_of,
    text_of,
    wrote,
)

_CHANNELS = ("VIBER", "FACEBOOK", "SMS")


@dataclass(slots=True)
class Played:
    """What a rehearsal gave: the steps as they really went, the first failure in words, and the trail of states.

    ``lasting`` tells that something else than what the bot says is wrong, so that no rewriting of it helps; ``astray``
    that it went on without knowing how a call ends, so that rewriting would only do harm.
    """

    steps: list[Step]
    failure: str = ""
    line: int = 0
    lasting: bool = False
    astray: bool = False
    trail: list[str] = field(default_factory=list)


class Rehearsal:
    """One run of ``transcript``."""

    def __init__(self, catalogue: Catalogue, transcript: Transcript) -> None:
        self.catalogue = catalogue.with_default(transcript.flow)
        self.transcript = transcript
        self.played = Played([])
        self._captures = Captures()
        self._shown = 0

    async def run(self) -> Played:
        """Play it all, in a folder of its own. Raises ConfigError when the flow does not exist."""
        with tempfile.TemporaryDirectory(prefix="chatbot-") as folder:
            contact = self.transcript.contact
            start = start_of_clock(self.catalogue, contact, self.transcript.clock)
            async with Stage(self.catalogue, contact, Path(folder), start=start) as stage:
                for step, results in _with_results(self.transcript.steps):
                    await self._play(stage, step, results)
                self._compare_rest(stage)
                self.played.trail = await stage.trail()
                self._check_all_called(stage)
        return self.played

    async def _play(self, stage: Stage, step: Step, results: list[Step]) -> None:
        if step.word in INPUTS:
            self._compare_rest(stage)
        elif step.word == "bot":
            self._compare(stage, step)
            return
        self.played.steps.append(step)
        for result in results:
            name, text, ok = invocation_of(result.text)
            stage.results.setdefault(name, []).append((text, ok))
        try:
            await self._happen(stage, step)
        except LookupError as error:
            self._fail(str(error), step.line, lasting=True)
        for name in stage.unforeseen:
            self.played.astray = True
            write = f'invoke   {name} -> "..."'
            self._fail(f"the flow calls {name}, and no line says how that ends; write {write}", step.line, lasting=True)

    async def _happen(self, stage: Stage, step: Step) -> None:
        quote, text = quote_of(step.text)
        if step.word == "user":
            await stage.user(text, quote)
        elif step.word == "receipt":
            state, *more = text.split()
            channel = next((word for word in more if word in _CHANNELS), "VIBER")
            code = next((word for word in more if word not in _CHANNELS), "")
            await stage.receipt(state, channel, code, quote)
        elif step.word == "wait":
            await stage.wait(seconds_of(step.text))
        elif step.word == "start":
            await stage.start(*start_of(step.text))
        elif step.word == "state":
            await self._state(stage, step)

    async def _state(self, stage: Stage, step: Step) -> None:
        here = await stage.conversation()
        found = {here.state, f"{here.flow}.{here.state}"} if here is not None else {"(none)"}
        if step.text not in found:
            self.played.steps[-1] = Step("state", min(found, key=len), step.line)
            self._fail(f"the conversation is in state {min(found, key=len)}, not {step.text}", step.line, lasting=True)

    def _compare(self, stage: Stage, step: Step) -> None:
        if self._shown >= len(stage.network.heard):
            self._fail("the bot says nothing here", step.line)
            return
        said = text_of(stage.network.heard[self._shown].message)
        self._shown += 1
        if self._captures.match(step.text, said):
            self.played.steps.append(step)
        else:
            self.played.steps.append(Step("bot", said, step.line))
            self._fail("the bot says something else", step.line)

    def _compare_rest(self, stage: Stage) -> None:
        line = self.played.steps[-1].line if self.played.steps else self.transcript.line
        for heard in stage.network.heard[self._shown :]:
            self.played.steps.append(Step("bot", text_of(heard.message), 0))
            self._fail("the bot says more than is written", line)
        self._shown = len(stage.network.heard)

    def _check_all_called(self, stage: Stage) -> None:
        for step in reversed(self.transcript.steps):  # what is left over of several was written last
            name = invocation_of(step.text)[0] if step.word == "invoke" else ""
            if stage.results.get(name):
                self._fail(f"invoke {name} was written, and the flow did not call it", step.line, lasting=True)

    def _fail(self, text: str, line: int, *, lasting: bool = False) -> None:
        self.played.lasting |= lasting
        if not self.played.failure:
            self.played.failure, self.played.line = text, line


def _with_results(steps: list[Step]) -> Iterator[tuple[Step, list[Step]]]:
    """Give each step, and with an input the ends of calls that are written below it, up to the next input."""
    for index, step in enumerate(steps):
        results = []
        for later in steps[index + 1 :] if step.word in INPUTS else []:
            if later.word in INPUTS:
                break
            if later.word == "invoke":
                results.append(later)
        yield step, results


def as_diff(transcript: Transcript, played: Played, name: str) -> str:
    """Show where the conversation left the transcript: a diff, and the trail of states with file and line."""
    expected = [line for step in transcript.steps for line in wrote(step.word, step.text).split("\n")]
    found = [line for step in played.steps for line in wrote(step.word, step.text).split("\n")]
    diff = list(difflib.unified_diff(expected, found, "written", "played", n=3, lineterm=""))[2:]
    trail = [f"  {line}" for line in played.trail]
    return "\n".join([f"{name}:{played.line}: {played.failure}", "", *diff, "", "trail of states:", *trail])
