"""Splitting into SMS parts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.simulator import sms
from chatbot.simulator.requests import Outbound

TRUCK = "\U0001f69a"
_text = st.text(st.sampled_from("aé \n" + TRUCK), max_size=300) | st.text(max_size=300)
_request = Outbound("MyCompany", "+491622943176")


@given(_text)
@example("x" * 62 + TRUCK + "x" * 20)
@example("x" * 70)
@example("x" * 71)
@example(TRUCK * 35)
@example(TRUCK * 36)
@example("")
def test_nothing_is_lost_no_part_is_too_long_and_no_surrogate_pair_is_torn(text: str) -> None:
    parts = sms.parts(replace(_request, text=text))
    assert "".join(parts) == text
    if len(parts) == 1:
        assert sms.units(parts[0]) <= 70
    for part in parts:
        part.encode("utf-8")
        assert len(parts) == 1 or sms.units(part) <= 63
    assert len(parts) == 1 or sms.units(text) > 70


@given(_text)
def test_no_part_could_take_the_next_parts_first_character(text: str) -> None:
    parts = sms.cut(text, 63)
    for part, following in pairwise(parts):
        assert sms.units(part + following[0]) > 63


def test_an_image_url_is_a_part_of_its_own_and_comes_first() -> None:
    request = replace(_request, text="This is a test.", image_url="http://www.example.com/i.png")
    assert sms.parts(request) == ["http://www.example.com/i.png", "This is a test."]
    assert sms.parts(replace(request, text="")) == ["http://www.example.com/i.png"]
    assert [len(part) for part in sms.parts(replace(request, text="x" * 70))] == [28, 63, 7]


def test_a_button_is_left_out_unless_asked_for() -> None:
    request = replace(_request, text="Booked.", button_caption="Track", button_url="https://e.org/t")
    assert sms.parts(request) == ["Booked."]
    assert sms.parts(request, with_button=True) == ["Booked.\nTrack https://e.org/t"]
