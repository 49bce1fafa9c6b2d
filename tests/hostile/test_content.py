"""Hostile words in a message that is otherwise in order: they cost no time, open nothing, and say no number aloud.

Markup is shown as text: `web/test_phone_in_browser.py`; escapes and forged lines: `test_log.py` and
`cli/operating/test_conversations.py`; words in URLs: `flows/test_says.py`; names that lead elsewhere:
`cli/test_new.py`.
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
SLOW = 20.0
"""Seconds of work that a busy machine does not make of a fraction of one; quadratic work takes minutes."""
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

    assert seconds(read) < SLOW


@pytest.mark.parametrize("unit", UNITS)
def test_choices_and_keywords_are_compared_with_the_largest_message_in_linear_time(unit: str) -> None:
    offered = Choices(["yes", "no", "maybe tomorrow", "x" * 200])
    assert seconds(offered.read, message(unit), Words()) < SLOW


@pytest.mark.parametrize(
    "written",
    [
        *(
            "+491622943176",
            "00491622943176",
            "491622943176",
            "+49 162 2943176",
            "+49 (0) 162-2943176",
            "0162/29 43 176",
        ),
        *(
            "+49.162.294.31.76",
            "0162.2943176",
            "49 162 294 3176",
            "49162-2943176",
            "+49_162_2943176",
            "tel:49162/2943176",
        ),
        *("+49\u00a0162\u00a02943176", "+49–162–2943176", "+49\u2011162\u20112943176", "+49%20162%202943176"),
        *("4 9 1 6 2 2 9 4 3 1 7 6", "+49\u00ad162\u200b2943176", "+٤٩١٦٢٢٩٤٣١٧٦", "＋４９１６２２９４３１７６"),
        *(
            "on 2026-11-24 0162 2943176",
            "try 2 2026-11-24 12:30:05,123 +49 162 2943176",
            "127.0.0.1 49 162 294 3176",
            "491.622.943.176",
        ),
    ],
)
def test_a_number_is_masked_in_the_log_however_it_is_written(written: str) -> None:
    entry = logging.LogRecord("flow", logging.ERROR, "", 1, "cannot call %s back", (written,), None)
    said = Discreet(FORMAT).format(entry)
    called = said.partition("cannot")[2]
    assert "…" in called
    digits = "".join(str(int(one)) for one in called if one.isdecimal())
    assert "2943" not in digits


@pytest.mark.parametrize(
    "said",
    [
        *(
            "2026-11-24 12:30:05,123",
            "2026-11-24T12:30:05.123456+01:00",
            "try 002 2026-11-24 12:30:05",
            "08.11.2026 12:30",
        ),
        *(
            "from 2026-11-24 to 2026-12-01",
            "2026/11/24 5 of 10",
            "127.0.0.1:54321",
            "192.168.100.200",
            "took 0.0123456 s",
        ),
        *("event 1234 of 12345678", "3.11.7", "12-4c2e736f-1a2b-3c4d-5e6f-aabbccddeeff", "0.5 0.25 0.125"),
    ],
)
def test_what_is_no_number_of_a_phone_stands_in_the_log_as_it_is(said: str) -> None:
    entry = logging.LogRecord("flow", logging.ERROR, "", 1, "%s", (said,), None)
    written = Discreet(FORMAT).format(entry)
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ERROR", written)
    assert written.endswith(f": {said}")


@pytest.mark.parametrize(
    "unit", ["0 ", "+1 ", "0(", "1", "+", "0-", "\r\n", "\x1b[", "1 2.", "2026-11-24 ", "1   ", "0.1", "1%"]
)
def test_the_log_writes_the_largest_message_in_linear_time(unit: str) -> None:
    entry = logging.LogRecord("flow", logging.ERROR, "", 1, "%s", (message(unit),), None)
    assert seconds(Discreet(FORMAT).format, entry) < SLOW
