"""What is refused when a flow is imported: the error says where, what is wrong and what to write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chatbot import Button, Flow, Message, State, Turn, minutes, text
from chatbot.errors import FlowError

LineAt = Callable[[object], str]
PAGE = "https://example.org/"


@dataclass
class Notes:
    word: str = ""


async def is_served(_turn: Turn[Notes]) -> bool:
    return True


class AsyncGuard:
    async def __call__(self, _turn: Turn[Notes]) -> bool:
        return True


def define(**members: Any) -> None:
    """Define a flow of these members, as a class statement would."""
    type("Told", (Flow,), members)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (Message("A text", image=PAGE), r"text\+image: .* send two messages"),
        (Message(image=PAGE, button=Button("Go", PAGE)), r"image\+button: .* together with a text"),
        (Message(button=Button("Go", PAGE)), "button: Viber shows no button without a text"),
        (Message(), "empty: a message needs a text or an image"),
        ("", "empty: a message needs a text or an image"),
        (Message("A text", button=Button("x" * 31, PAGE)), "button caption length: 31 characters, and 30 is the limit"),
        (Message("A text", button=Button("", PAGE)), "button caption: it is empty"),
        (Message("A text", button=Button("Go", PAGE.ljust(63, "x"))), "button URL length: 63 .* 62 is the limit"),
        (Message(image=PAGE.ljust(63, "x")), "image URL length: 63 characters, and 62 is the limit"),
        (Message(image="picture.png"), "image URL: 'picture.png' is not an http or https URL"),
        (Message("x" * 1001), "text length: 1001 characters, and 1000 is the limit"),
        (Message("😀" * 501), "text length: 1002 characters, and 1000 is the limit"),
        (["Fine.", "x" * 1001], "text length: 1001 characters"),
        (Message("A text", ttl=29), "ttl: 29 s is not within 30 to 86400 s"),
        (Message("A text", purpose="spam"), "purpose: 'spam' is neither transaction nor promotion"),
    ],
)
def test_a_prompt_that_viber_refuses_is_refused_with_the_rule_and_the_line(
    said: Any, rule: str, line_at: LineAt
) -> None:
    with pytest.raises(FlowError, match=rf"test_compile.py:\d+: state told: {rule}") as caught:
        define(told=State(said, initial=True))
    assert "State(said" in line_at(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        Message("x" * 1000),
        Message("😀" * 500),
        Message(image=PAGE.ljust(62, "x")),
        Message("A text", button=Button("x" * 30, PAGE.ljust(62, "x"))),
        Message("A text", image=PAGE, button=Button("Go", PAGE)),
        [Message("A text"), Message(image=PAGE)],
    ],
)
def test_a_prompt_at_the_limits_is_taken(said: Any) -> None:
    define(told=State(said, initial=True))


def test_what_a_row_says_is_refused_at_the_line_of_the_row(line_at: LineAt) -> None:
    with pytest.raises(FlowError, match=r"row text: text\+image") as caught:

        class Told(Flow[Notes]):
            told = State("?", initial=True)
            told.on(text, says=Message("A text", image=PAGE))

    assert line_at(caught.value) == 'told.on(text, says=Message("A text", image=PAGE))'


@pytest.mark.parametrize("word", ["apology", "unmatched", "reminder"])
@pytest.mark.parametrize(("said", "rule"), [("", "empty"), ("x" * 1001, "text length: 1001")], ids=["", "1001"])
def test_the_words_that_a_flow_says_of_itself_are_checked_too(word: str, said: str, rule: str) -> None:
    with pytest.raises(FlowError, match=rf"test_compile.py:\d+: {word}: {rule}"):

        class Told(Flow[Notes], **{word: said}):
            told = State("?", initial=True)


def test_a_field_that_the_data_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(FlowError, match=r"state told says \{wrod\}, and the data has word"):

        class Told(Flow[Notes]):
            told = State("Is it {wrod}?", initial=True)


@pytest.mark.parametrize(
    "said",
    [
        Message("?", button=Button("{wrod}", PAGE)),
        Message("?", button=Button("Go", PAGE + "{wrod}")),
        Message(image=PAGE + "{wrod}"),
        ["Fine.", "{wrod}"],
    ],
)
def test_a_field_is_looked_for_in_captions_urls_and_lists_too(said: Any) -> None:
    with pytest.raises(FlowError, match=r"says \{wrod\}"):

        class Told(Flow[Notes]):
            told = State(said, initial=True)


def test_a_field_in_a_flow_without_data_is_refused() -> None:
    with pytest.raises(FlowError, match=r"says \{word\}, and the data has no fields"):
        define(told=State("{word}", initial=True))


@pytest.mark.parametrize("said", ["{word.upper}", "{word[0]}", "{word!r}", "{0}", "{}", "{word:{word}}"])
def test_braces_that_hold_more_than_a_field_are_refused_with_the_way_to_write_braces(said: str) -> None:
    with pytest.raises(FlowError, match=r"is not the name of a field; write \{\{ and \}\} for braces that stay"):

        class Told(Flow[Notes]):
            told = State(said, initial=True)


@pytest.mark.parametrize("said", ["{word", "word}", "{"])
def test_a_brace_alone_is_refused(said: str) -> None:
    with pytest.raises(FlowError, match=r"test_compile.py:\d+: state told: "):

        class Told(Flow[Notes]):
            told = State(said, initial=True)


def test_a_property_of_the_data_is_a_field_too() -> None:
    @dataclass
    class Order:
        count: int = 2

        @property
        def price(self) -> int:
            return self.count * 3

    class Told(Flow[Order]):
        told = State("{price}", initial=True)


def test_a_prompt_that_is_no_text_is_refused() -> None:
    with pytest.raises(FlowError, match=r"state told: a prompt is a text.* not 42"):
        define(told=State(42, initial=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["when", "do", "says"])
@pytest.mark.parametrize("function", [is_served, AsyncGuard()])
def test_an_async_guard_action_or_prompt_is_refused_with_the_invoke_that_does_the_same(
    where: str, function: Any, line_at: LineAt
) -> None:
    name = "is_served" if function is is_served else "AsyncGuard"
    advice = rf"{name} is async, and a turn does no I/O; .*State\(invoke={name}\), with rows for done and error"
    with pytest.raises(FlowError, match=advice) as caught:

        class Told(Flow[Notes]):
            told = State("?", initial=True)
            told.on(text, **{where: function})

    assert line_at(caught.value) == "told.on(text, **{where: function})"


def test_an_async_prompt_of_a_state_is_refused() -> None:
    with pytest.raises(FlowError, match="is_served is async"):
        State(is_served)  # type: ignore[arg-type]


def test_a_plain_function_as_slow_call_is_refused() -> None:
    def quote(_data: Notes) -> str:
        return ""

    with pytest.raises(FlowError, match="invoke=quote must be an async function of the data"):
        State(invoke=quote)  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["when", "do"])
@pytest.mark.parametrize("wrong", [True, None, "is_ready", [True]])
def test_a_guard_or_action_that_was_called_instead_of_named_is_refused(where: str, wrong: Any) -> None:
    with pytest.raises(FlowError, match=r"test_compile.py:\d+: .* is not a function of the turn; write its name alone"):

        class Told(Flow[Notes]):
            told = State("?", initial=True)
            told.on(text, **{where: wrong})


def test_what_is_no_trigger_is_refused() -> None:
    with pytest.raises(FlowError, match=r"test_compile.py:\d+: 'cancel' is not a trigger; write text, choice"):
        State("?").on("cancel")  # type: ignore[arg-type]


def test_a_target_that_is_no_state_is_refused() -> None:
    with pytest.raises(FlowError, match=r"test_compile.py:\d+: to='end' is not a state of the flow"):
        State("?").on(text, to="end")  # type: ignore[arg-type]


def test_a_target_of_another_flow_is_refused(line_at: LineAt) -> None:
    class Other(Flow[Notes]):
        elsewhere = State("x", initial=True, final=True)

    with pytest.raises(FlowError, match="to=elsewhere belongs to another flow than told") as caught:

        class Told(Flow[Notes]):
            told = State("?", initial=True)
            told.on(text, to=Other.elsewhere)

    assert line_at(caught.value) == "told.on(text, to=Other.elsewhere)"


@pytest.mark.parametrize(("initial", "found"), [((), "none"), (("one", "two"), "one and two")])
def test_a_flow_has_exactly_one_initial_state(initial: tuple[str, ...], found: str) -> None:
    with pytest.raises(FlowError, match=f"flow told needs one state with initial=True, and has {found}"):
        define(**{name: State("?", initial=name in initial) for name in ("one", "two", "three")})


def test_a_flow_without_states_is_refused() -> None:
    with pytest.raises(FlowError, match="flow told has no states; write start = State"):
        define()


def test_a_final_state_asks_nothing() -> None:
    with pytest.raises(FlowError, match=r"state told is final, .* leave out"):
        define(ask=State("?", initial=True), told=State("?", choices=["a"], final=True))


@pytest.mark.parametrize("name", ["name", "at", "keywords", "compiled", "unmatched", "upgrade"])
def test_a_state_with_a_name_that_every_flow_has_is_refused_and_not_lost(name: str, line_at: LineAt) -> None:
    state = State("What is your name?", initial=True)
    with pytest.raises(FlowError, match=f"every flow has a {name} of its own; call this one otherwise") as caught:
        define(**{name: state})
    assert line_at(caught.value).startswith("state = State(")


def test_one_state_may_have_two_names() -> None:
    class Told(Flow[Notes]):
        told = State("?", initial=True, final=True)
        landing = told

    assert list(Told.compiled.places) == ["told"]


def test_choices_in_one_text_are_refused() -> None:
    with pytest.raises(FlowError, match=r"choices='yes' is one text, not a list; write choices=\['yes'\]"):
        State("?", choices="yes")


def test_a_timeout_without_a_unit_is_refused() -> None:
    with pytest.raises(FlowError, match=r"timeout=30 has no unit; write timeout=minutes\(30\)"):
        State("?", timeout=30)  # type: ignore[arg-type]
    assert State("?", timeout=minutes(30)).timeout is not None


class NoDataclass:
    word: str = ""


@dataclass
class NoDefault:
    word: str


@dataclass
class NoJson:
    word: Any = field(default_factory=object)


@dataclass
class WrongDefault:
    word: str = None  # type: ignore[assignment]


@dataclass
class NoJsonLater:
    word: NoDataclass | None = None


@dataclass
class NoJsonInside:
    word: list[NoJsonLater] = field(default_factory=list)


@dataclass
class NoSuchType:
    word: Wrod = ""  # type: ignore[name-defined]  # noqa: F821


@dataclass
class NoDefaultThatHolds:
    word: int = field(default_factory=lambda: 1 // 0)


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        (NoDataclass, r"Flow\[NoDataclass\]: the data of a flow is a dataclass; write @dataclass above it"),
        (dict, r"Flow\[dict\]: the data of a flow is a dataclass"),
        (list[int], r"Flow\[list\]: the data of a flow is a dataclass"),
        (NoDefault, "NoDefault needs a default for every field"),
        (NoJson, "NoJson needs .* types that JSON can hold"),
        (WrongDefault, r"WrongDefault needs .*: Expected `str`, got `null`"),
        (NoJsonLater, "NoJsonLater needs .* JSON can hold: word is of the type NoDataclass"),
        (NoJsonInside, r"NoJsonInside needs .* JSON can hold: word\[0\].word is of the type NoDataclass"),
        (NoSuchType, "NoSuchType needs .*: name 'Wrod' is not defined"),
        (NoDefaultThatHolds, "NoDefaultThatHolds needs a default .*: integer division"),
    ],
)
def test_data_that_cannot_be_stored_is_refused(kind: Any, advice: str) -> None:
    with pytest.raises(FlowError, match=rf"test_compile.py:\d+: {advice}"):

        class Told(Flow[kind]):
            told = State("Is it {word}?", initial=True)


def test_a_location_is_written_from_the_working_folder(monkeypatch: pytest.MonkeyPatch, request: Any) -> None:
    monkeypatch.chdir(request.path.parent.parent)
    with pytest.raises(FlowError) as caught:
        define()
    assert str(caught.value).startswith("flows/test_compile.py:")
