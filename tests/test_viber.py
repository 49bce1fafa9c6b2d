"""Viber's matrix and lengths: what the gateway would refuse never reaches it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import viber
from chatbot.errors import MatrixError
from chatbot.messages import Button, Message

URL = "https://example.org/a"
VAN = "🚚"  # one character, two UTF-16 units

# The manual's table "Message types", and the two shapes that it does not list.
MATRIX = {
    "text": True,
    "image": True,
    "text+image": False,
    "text+button": True,
    "image+button": False,
    "text+image+button": True,
    "button": False,
    "": False,
}

CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARACTERS | st.just(VAN) | st.sampled_from(" \n"), max_size=60)


def message(shape: str) -> Message:
    shown = shape.split("+")
    return Message(
        text="Hello" if "text" in shown else "",
        image=URL if "image" in shown else None,
        button=Button("Open", URL) if "button" in shown else None,
    )


def rule_of(refused: Message) -> str:
    with pytest.raises(MatrixError) as caught:
        viber.check(refused)
    assert str(caught.value) == f"{caught.value.rule}: {caught.value.reason}"
    return caught.value.rule


@pytest.mark.parametrize(("shape", "taken"), MATRIX.items())
def test_the_matrix_is_the_manuals(shape: str, taken: bool) -> None:
    assert viber.shape(message(shape)) == frozenset(filter(None, shape.split("+")))
    if taken:
        viber.check(message(shape))
    else:
        assert rule_of(message(shape)) == (shape or "empty")


def test_every_combination_stands_in_the_matrix() -> None:
    assert len(MATRIX) == len(viber.MATRIX) == 8


@given(text=st.sampled_from(["", " ", "\n\t"]), shape=st.sampled_from(sorted(MATRIX)))
def test_white_space_is_no_text(text: str, shape: str) -> None:
    blank = message(shape.replace("text", ""))
    spaced = Message(text=text, image=blank.image, button=blank.button)
    assert viber.shape(spaced) == viber.shape(blank)


@given(st.text(CHARACTERS))
def test_length_counts_utf_16_units(text: str) -> None:
    assert viber.length(text) == len(text.encode("utf-16-le")) // 2


def of_length(units: int, character: str) -> str:
    """Make a text of so many units out of ``character``, filled up with x where it does not fit."""
    count = units // viber.length(character)
    return character * count + "x" * (units - count * viber.length(character))


SIZED: dict[str, tuple[int, str, Callable[[str], Message]]] = {
    "text length": (viber.TEXT_LENGTH, "", lambda text: Message(text)),
    "button caption length": (viber.CAPTION_LENGTH, "", lambda text: Message("Hi", button=Button(text, URL))),
    "button URL length": (viber.URL_LENGTH, "https://", lambda url: Message("Hi", button=Button("Open", url))),
    "image URL length": (viber.URL_LENGTH, "https://", lambda url: Message(image=url)),
    "ttl text length": (viber.TEXT_LENGTH, "", lambda text: Message("Hi", ttl_text=text)),
}


@pytest.mark.parametrize(("rule", "character"), list(product(SIZED, ["x", "ß", VAN])))
def test_a_limit_is_taken_and_one_unit_more_is_not(rule: str, character: str) -> None:
    limit, start, make = SIZED[rule]
    viber.check(make(start + of_length(limit - len(start), character)))
    assert rule_of(make(start + of_length(limit + 1 - len(start), character))) == rule


def test_the_limits_are_the_manuals() -> None:
    assert (viber.TEXT_LENGTH, viber.CAPTION_LENGTH, viber.URL_LENGTH) == (1000, 30, 62)


def test_a_text_of_501_astral_characters_is_too_long_although_it_has_fewer_than_1000() -> None:
    assert rule_of(Message(VAN * 501)) == "text length"


@pytest.mark.parametrize("half", ["\ud83d", "a\ud83db"])
def test_half_a_surrogate_pair_is_refused_wherever_it_stands(half: str) -> None:
    assert rule_of(Message(half)) == "text"
    assert rule_of(Message("Hi", button=Button(half, URL))) == "button caption"
    assert rule_of(Message("Hi", button=Button("Open", URL + half))) == "button URL"
    assert rule_of(Message(image=URL + half)) == "image URL"
    assert rule_of(Message("Hi", ttl_text=half)) == "ttl text"


@pytest.mark.parametrize("caption", ["", " ", "\n"])
def test_a_button_needs_a_caption(caption: str) -> None:
    assert rule_of(Message("Hi", button=Button(caption, URL))) == "button caption"


@pytest.mark.parametrize(
    "url", ["http://example.org", "https://example.org:8443/a?b=c#d", "https://[::1]/", "https://ü.example"]
)
def test_http_and_https_urls_are_taken(url: str) -> None:
    viber.check(Message(image=url))


@pytest.mark.parametrize(
    "url",
    [
        "example.org",
        "ftp://example.org",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://[::1",
        "https://a b",
        "https://a\n",
        "https://example.org:0/",
        "https://example.org:99999/",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    assert rule_of(Message(image=url)) == "image URL"
    assert rule_of(Message("Hi", button=Button("Open", url))) == "button URL"


@pytest.mark.parametrize("ttl", [30, 86_400])
def test_a_ttl_is_30_to_86400_seconds(ttl: int) -> None:
    viber.check(Message("Hi", ttl=ttl))


@pytest.mark.parametrize(
    ("refused", "rule"),
    [
        (Message("Hi", ttl=29), "ttl"),
        (Message("Hi", ttl=86_401), "ttl"),
        (Message("Hi", ttl=0), "ttl"),
        (Message("Hi", purpose="spam"), "purpose"),
        (Message("Hi", purpose=""), "purpose"),
        (Message("Hi", channels=("SMS",)), "channels"),
        (Message("Hi", channels=("VIBER", "viber")), "channels"),
        (Message("Hi", channels=()), "channels"),
        (Message("Hi", sender=""), "sender"),
        (Message("Hi", sender="My Company"), "sender"),
        (Message("Hi", sender="TwelveLetter"), "sender"),
        (Message("Hi", sender="+49 162"), "sender"),
    ],
)
def test_how_a_message_travels_is_checked(refused: Message, rule: str) -> None:
    assert rule_of(refused) == rule


@pytest.mark.parametrize("sender", ["+491622943176", "12345", "ElevenChars", "X"])
def test_a_sender_is_a_number_a_short_code_or_up_to_11_letters_and_digits(sender: str) -> None:
    viber.check(Message("Hi", sender=sender))


@given(TEXTS, st.integers(2, 20))
def test_every_piece_of_a_split_text_fits(text: str, limit: int) -> None:
    assert all(viber.length(piece) <= limit for piece in viber.split(text, limit))


@given(TEXTS, st.integers(2, 20))
def test_splitting_loses_nothing_but_the_white_space_at_the_cuts(text: str, limit: int) -> None:
    rest = text
    for piece in viber.split(text, limit):
        if not rest.startswith(piece):
            assert rest[:1] in (" ", "\n")
            rest = rest[1:]
        assert rest.startswith(piece)
        rest = rest[len(piece) :]
    assert rest in ("", " ", "\n")


@given(TEXTS, st.integers(2, 20))
def test_splitting_tears_no_surrogate_pair(text: str, limit: int) -> None:
    for piece in viber.split(text, limit):
        piece.encode()


@given(TEXTS)
def test_a_text_that_fits_is_one_piece(text: str) -> None:
    assert viber.split(text, 200) == [text]


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=12), st.sampled_from(" \n"))
def test_words_that_fit_are_never_cut(words: list[str], space: str) -> None:
    pieces = viber.split(space.join(words), 10)
    assert re.split(r"\s", space.join(pieces)) == words


def test_a_long_word_is_cut_where_it_must_be() -> None:
    assert viber.split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert viber.split(VAN * 3, 5) == [VAN * 2, VAN]


def test_the_default_limit_is_one_message() -> None:
    text = " ".join(["word"] * 500)
    pieces = viber.split(text)
    assert len(pieces) == 3
    for piece in pieces:
        viber.check(Message(piece))


@given(TEXTS, st.integers(2, 20))
def test_what_is_clipped_fits_and_says_that_something_is_missing(text: str, limit: int) -> None:
    clipped = viber.clip(text, limit)
    assert viber.length(clipped) <= limit
    assert clipped == text or (clipped.endswith("…") and text.startswith(clipped[:-1]))
    assert clipped == text or viber.length(text) > limit
