"""What a turn leaves in the data can be read by the next one, or the turn fails and says which field it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from chatbot.flows.flow import Flow
from chatbot.flows.state import Embed, State
from chatbot.flows.triggers import done, text
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]


@dataclass
class Patient:
    weight: float = 0.0


@dataclass
class Visit:
    day: date = date.min
    patients: list[Patient] = field(default_factory=list)
    note: object = None


WRONG: dict[str, tuple[str, object]] = {
    "another type": ("day", "tomorrow"),
    "nested": ("patients", [Patient(1.0), Patient("heavy")]),  # type: ignore[arg-type]
    "no number": ("patients", [Patient(float("nan"))]),
    "no JSON": ("note", object()),
}


def spoil(turn: Turn[Visit]) -> None:
    setattr(turn.data, *WRONG[turn.text])


def spoil_patient(turn: Turn[Patient]) -> None:
    turn.data.weight = "heavy"  # type: ignore[assignment]


class Weighing(Flow[Patient]):
    ask = State("Weight?", initial=True)
    known = State(final=True)
    ask.on(text("spoil"), do=spoil_patient)
    ask.on(text, to=known)


class Clinic(Flow[Visit], apology="Sorry."):
    ask = State("When?", initial=True)
    patient = Embed(Weighing)
    end = State("Goodbye.", final=True)
    ask.on(text("weigh"), to=patient)
    ask.on(text("end"), to=end)
    ask.on(text, do=spoil, to=end)
    patient.on(done, to=end)


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    """A bot that has asked when."""
    made = await open_bot(Clinic)
    await made.told("hello")
    return made


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ("another type", "Invalid RFC3339 encoded date - at `$.day`"),
        ("nested", "Expected `float`, got `str` - at `$.patients[1].weight`"),
        ("no number", "Expected `float`, got `null` - at `$.patients[0].weight`"),
        ("no JSON", "Encoding objects of type object is unsupported - at `$.note`"),
    ],
)
async def test_data_that_could_not_be_read_again_fails_the_turn_that_made_it(
    bot: Bot, gateway: Gateway, wrong: str, where: str
) -> None:
    await bot.told(wrong)
    for _ in range(3):
        await bot.wait(60)
    (aside,) = await bot.rows("SELECT error FROM event WHERE status = 'aside'")
    assert "the data of clinic is not of its type: " in aside["error"]
    assert where in aside["error"]
    assert gateway.texts()[1:] == ["Sorry."]
    assert await bot.state() == "ask"
    await bot.told("end")
    assert gateway.texts()[-1] == "Goodbye."


async def test_the_same_holds_for_the_data_of_an_embedded_flow(bot: Bot) -> None:
    await bot.told("weigh")
    await bot.told("spoil")
    for _ in range(3):
        await bot.wait(60)
    (aside,) = await bot.rows("SELECT error FROM event WHERE status = 'aside'")
    assert (
        "the data of clinic.patient is not of its type: Expected `float`, got `str` - at `$.weight`" in aside["error"]
    )
    assert await bot.state() == "patient.ask"
