"""What a prompt becomes: fields filled in, long texts cut, and nothing that the contact wrote taken for a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Button, Flow, FreeText, Message, State, Turn, answer, choice, text, viber
from chatbot.errors import MatrixError

Start = Callable[..., Any]
PAGE = "https://example.org/"


@dataclass
class Notes:
    word: str = "x"
    price: float = 0.0
    items: list[str] = field(default_factory=list)

    @property
    def loud(self) -> str:
        return self.word.upper()


def keep(turn: Turn[Notes]) -> None:
    turn.data.word = turn.text


def saying(says: Any) -> type[Flow[Any]]:
    """A flow that keeps what the contact writes and then says ``says``."""

    class Saying(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(says, final=True)
        ask.on(text, to=end, do=keep)

    return Saying


@pytest.mark.parametrize(
    ("says", "said"),
    [
        ("You wrote {word}.", ["You wrote Main St 5."]),
        ("{word}, {word}: {loud}", ["Main St 5, Main St 5: MAIN ST 5"]),
        ("{{word}}", ["{word}"]),
        ("{price:.2f} EUR", ["0.00 EUR"]),
        (["One.", "Two {word}."], ["One.", "Two Main St 5."]),
        (Message("A {word}."), ["A Main St 5."]),
        (None, []),
        ([], []),
    ],
)
def test_a_prompt_is_a_text_a_message_a_list_of_them_or_nothing_and_holds_fields(
    walk: Start, says: Any, said: list[str]
) -> None:
    assert walk(saying(says)).user("Main St 5").said == said


@pytest.mark.parametrize(
    ("wrote", "became"),
    [
        ("Main St 5, Ü", "Main%20St%205%2C%20%C3%9C"),
        ("../../admin?a=b&c#d", "..%2F..%2Fadmin%3Fa%3Db%26c%23d"),
        ("@evil.example/", "%40evil.example%2F"),
        ("\r\nX: y", "%0D%0AX%3A%20y"),
        ("100%", "100%25"),
    ],
)
def test_what_a_contact_wrote_stays_within_its_place_in_a_url(walk: Start, wrote: str, became: str) -> None:
    says = Message("Look.", button=Button("See", PAGE + "?q={word}"))
    assert walk(saying(says)).user(wrote).sent == [Message("Look.", button=Button("See", PAGE + f"?q={became}"))]


@pytest.mark.parametrize("wrote", ["x" * 200, "🚚" * 200, "a b " * 20])
def test_a_caption_that_the_contacts_words_make_too_long_is_shortened(walk: Start, wrote: str) -> None:
    [sent] = walk(saying(Message("Look.", button=Button("Track {word}", PAGE)))).user(wrote).sent
    assert sent.button.caption.startswith("Track " + wrote[:5].rstrip())
    assert sent.button.caption.endswith("…")
    viber.check(sent)


def test_fields_are_filled_into_captions_and_urls_too(walk: Start) -> None:
    says = Message("Look.", image=PAGE + "{word}.png", button=Button("See {word}", PAGE + "{word}"))
    [sent] = walk(saying(says)).user("42").sent
    assert sent == Message("Look.", image=PAGE + "42.png", button=Button("See 42", PAGE + "42"))


def test_how_a_message_travels_is_kept(walk: Start) -> None:
    says = Message("{word}", purpose="promotion", ttl=60, sms_fallback=False, channels=("VIBER",))
    [sent] = walk(saying(says)).user("42").sent
    assert sent == Message("42", purpose="promotion", ttl=60, sms_fallback=False, channels=("VIBER",))


@pytest.mark.parametrize("said", ["One.", Message("One."), ["One.", Message("Two.")]])
def test_a_prompt_may_be_a_function_of_the_turn_that_gives_any_of_these(walk: Start, said: Any) -> None:
    expected = ["One.", "Two."] if isinstance(said, list) else ["One."]
    assert walk(saying(lambda _turn: said)).user("x").said == expected


HOSTILE = ["{price}", "{", "}", "{nothing}", "{word:>99999999}", "{0}", "{word.__class__}", "%s", "{{}}"]


@pytest.mark.parametrize("words", HOSTILE)
def test_braces_in_the_contacts_words_are_words_in_a_field(walk: Start, words: str) -> None:
    assert walk(saying("You wrote {word}")).user(words).said == [f"You wrote {words}"]


@pytest.mark.parametrize("words", HOSTILE)
def test_braces_in_the_contacts_words_are_words_in_what_a_function_says(walk: Start, words: str) -> None:
    assert walk(saying(lambda turn: f"You wrote {turn.text}")).user(words).said == [f"You wrote {words}"]


@pytest.mark.parametrize("words", HOSTILE)
def test_braces_in_the_contacts_words_are_words_in_what_a_check_says(walk: Start, words: str) -> None:
    class Checked(Flow[Notes]):
        ask = State("?", ask=FreeText(check=lambda said: f"Not {said}"), initial=True)
        end = State(final=True)
        ask.on(answer, to=end)

    assert walk(Checked).user(words).said == [f"Not {words}", "?"]


def test_a_text_made_too_long_by_the_contacts_own_words_is_sent_in_pieces(walk: Start) -> None:
    words = " ".join(["word"] * 500)
    said = walk(saying("You wrote: {word}. Thank you.")).user(words).said
    assert " ".join(said) == f"You wrote: {words}. Thank you."
    assert len(said) == 3
    assert all(len(one) <= 1000 for one in said)


def test_of_a_text_in_pieces_the_last_one_has_the_picture_and_the_button(walk: Start) -> None:
    button = Button("Go", PAGE)
    first, last = walk(saying(Message("{word}", image=PAGE, button=button))).user("a" * 1500).sent
    assert first == Message("a" * 1000)
    assert last == Message("a" * 500, image=PAGE, button=button)


def test_a_text_in_pieces_never_tears_a_character(walk: Start) -> None:
    said = walk(saying("!{word}")).user("😀" * 800).said
    assert "".join(said) == "!" + "😀" * 800
    assert all(viber.length(one) <= 1000 for one in said)


@given(st.text(alphabet=st.sampled_from("a \n😀{}"), min_size=900, max_size=4000))
def test_no_words_of_the_contact_make_a_prompt_that_viber_refuses(words: str) -> None:
    turn: Turn[Notes] = Turn("", "", "", "", Notes(word=words), None)  # type: ignore[arg-type]
    saying("You wrote {word}.").compiled.enter(turn, "end")
    assert "".join("".join(reply.message.text for reply in turn.replies).split()) == "".join(
        f"You wrote {words}.".split()
    )


def test_a_long_gap_in_the_contacts_words_is_no_message(walk: Start) -> None:
    said = walk(saying("{word}")).user("a" + " " * 3500 + "b").said
    assert [one.strip() for one in said] == ["a", "b"]


def test_what_an_action_replies_is_checked_against_the_matrix(walk: Start) -> None:
    def reply(turn: Turn[Notes]) -> None:
        turn.reply(Message("A text", image=PAGE))

    class Replying(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end, do=reply)

    with pytest.raises(MatrixError, match=r"text\+image"):
        walk(Replying).user("x")


def test_what_a_function_says_is_checked_against_the_matrix(walk: Start) -> None:
    with pytest.raises(MatrixError, match="button caption length"):
        walk(saying(lambda turn: Message("A text", button=Button(turn.text, PAGE)))).user("x" * 31)


def test_choices_that_find_no_room_under_a_long_prompt_are_a_message_of_their_own(walk: Start) -> None:
    class Long(Flow[None]):
        ask = State("x" * 995, choices=["yes", "no"], initial=True)
        end = State("End.", final=True)
        ask.on(choice, to=end)

    assert walk(Long).said == ["x" * 995, "1. yes\n2. no"]
