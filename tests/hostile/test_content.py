"""Hostile words in a message that is otherwise in order: they cost no time, open nothing, and say no number aloud.

Markup is shown as text: `web/test_phone_in_browser.py`; escapes and forged lines: `test_log.py` and
`cli/test_operating.py`; words in URLs: `flows/test_says.py`; names that lead elsewhere: `cli/test_new.py`.
"""

from __future__ import annotations

import logging
import re
import time
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from chatbot import Date, Email, FreeText, Number, PhoneNumber, YesNo
from chatbot.cli.log import FORMAT, Discreet
from chatbot.flows.choices import Choices
from chatbot.flows.questions import Question
from chatbot.flows.words import Words

LARGEST = 262_144
"""What the webhook takes."""
UNITS = ["1", "1,", "+4", "a@", "a.", "a@a.", "(", "ye", " ", "\n", "é", "\u0301", "🚚", "2026-", "ﷺ", "0 "]
QUESTIONS: list[Question] = [Number(), Date(), PhoneNumber(), Email(), YesNo(), FreeText()]


def message(unit: str) -> str:
    return (unit * LARGEST)[:LARGEST]


def seconds(work: Any, *given: Any) -> float:
    started = time.process_time()
    work(*given)
    return time.process_time() - started


@pytest.fixture
def turn() -> Any:
    """What a question looks at besides the text."""
    return SimpleNamespace(words=Words(), today=date(2026, 11, 24), contact="+491622943176")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_a_question_reads_the_largest_message_in_linear_time(question: Question, unit: str, turn: Any) -> None:
    def read() -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - without words the question's own are said
            question.read(message(unit), turn)

    assert seconds(read) < 1.0  # quadratic work takes minutes


@pytest.mark.parametrize("unit", UNITS)
def test_choices_and_keywords_are_compared_with_the_largest_message_in_linear_time(unit: str) -> None:
    offered = Choices(["yes", "no", "maybe tomorrow", "x" * 200])
    assert seconds(offered.read, message(unit), Words()) < 1.0


@pytest.mark.parametrize(
    "written",
    ["+491622943176", "00491622943176", "491622943176", "+49 162 2943176", "+49 (0) 162-2943176", "0162/29 43 176"],
)
def test_a_number_is_masked_in_the_log_however_it_is_written(written: str) -> None:
    entry = logging.LogRecord("flow", logging.ERROR, "", 1, "cannot call %s back", (written,), None)
    said = Discreet(FORMAT).format(entry)
    assert "…76 back" in said
    assert len(re.findall(r"\d", said.partition("cannot")[2])) <= 7


@pytest.mark.parametrize("unit", ["0 ", "+1 ", "0(", "1", "+", "0-", "\r\n", "\x1b["])
def test_the_log_writes_the_largest_message_in_linear_time(unit: str) -> None:
    entry = logging.LogRecord("flow", logging.ERROR, "", 1, "%s", (message(unit),), None)
    assert seconds(Discreet(FORMAT).format, entry) < 2.0
