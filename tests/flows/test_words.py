"""The languages of a bot: which one a contact reads, what stands in for what it lacks, and how it writes values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chatbot import Anywhere, Flow, Plural, State, Turn, text
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check import check
from chatbot.flows.words import Languages, load_languages

Start = Callable[..., Any]
BERLIN = ZoneInfo("Europe/Berlin")
LANGUAGES = Languages(
    {
        "de": {"Hello.": ("Hallo.",), "Which?": ("Welche?",), "{n} day": ("{n} Tag", "{n} Tage"), "stop": ("stopp",)},
        "de_AT": {"Hello.": ("Servus.",)},
        "pt": {"Hello.": ("Olá.",), "{n} day": ("{n} dia", "{n} dias")},
    }
)
DAYS = Plural("{n} day", "{n} days", of="n")


def test_what_a_region_lacks_its_language_has() -> None:
    austrian = LANGUAGES.words("de_AT")
    assert [austrian.gettext(one) for one in ("Hello.", "Which?", "Bye.")] == ["Servus.", "Welche?", "Bye."]
    assert [austrian.ngettext(DAYS, count) for count in (1, 2)] == ["{n} Tag", "{n} Tage"]
    assert austrian.forms(DAYS) == ("{n} Tag", "{n} Tage")


def test_a_region_without_a_catalogue_reads_that_of_its_language_and_keeps_its_own_writing() -> None:
    brazilian = LANGUAGES.words("pt_BR")
    assert (brazilian.language, brazilian.gettext("Hello.")) == ("pt_BR", "Olá.")
    assert LANGUAGES.words("de_CH").write(1234.5, "number") in ("1’234.5", "1'234.5")


def test_a_plural_follows_the_rule_of_the_catalogue_that_has_it() -> None:
    """Of zero the European plural is another than the Brazilian one, by which catalogues of ``pt`` are written."""
    forms = [[LANGUAGES.words(one).ngettext(DAYS, count) for count in (0, 1, 2)] for one in ("pt_PT", "pt")]
    assert forms[0] == forms[1]


@pytest.mark.parametrize("language", ["fr", "fr_CA", "xx", "xx_YY", "", "not a language"])
def test_a_language_that_nobody_wrote_is_the_source(language: str) -> None:
    assert (LANGUAGES.words(language).language, LANGUAGES.words(language).gettext("Hello.")) == ("en", "Hello.")


def test_a_region_that_does_not_exist_reads_and_writes_its_language() -> None:
    assert (LANGUAGES.words("de_XX").language, LANGUAGES.words("de_XX").gettext("Hello.")) == ("de", "Hallo.")


def test_a_region_of_the_source_is_the_source_in_its_own_writing() -> None:
    assert LANGUAGES.words("en_GB").write(date(2026, 11, 24), "date") == "24 November 2026"


@pytest.mark.parametrize(
    ("contact", "hello"), [("+4366412345678", "Servus."), ("+5511912345678", "Olá."), ("+33612345678", "Hello.")]
)
def test_a_contact_is_guessed_to_speak_the_language_of_their_region(contact: str, hello: str) -> None:
    catalogue = Catalogue([Greeting], languages=LANGUAGES)
    assert catalogue.words_of(contact, "").gettext("Hello.") == hello


def test_check_does_not_miss_in_a_region_what_its_language_has() -> None:
    missing = [finding for finding in check(Greeting.compiled, LANGUAGES) if finding.rule == "missing-translation"]
    assert not [finding for finding in missing if "de_AT has no 'Which?'" in str(finding)]
    assert [finding for finding in missing if "pt has no 'Which?'" in str(finding)]


@dataclass
class Moment:
    when: datetime = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    wall: datetime = datetime(2026, 11, 24, 23, 30)  # noqa: DTZ001 - a clock on a wall has no zone
    clock: time = time(9, 5)


def to_german(turn: Turn[Moment]) -> None:
    turn.language = "de"


class Greeting(Flow[Moment]):
    """It can be told to go on in German."""

    hello = State("Hello.", initial=True)
    which = State("Which?", choices=["Hello."])
    end = State("Hello.", final=True)
    anywhere = Anywhere()
    hello.on(text("German"), to=which, do=to_german, says="Hello.")
    which.on(text("stop"), to=end)


def turn_in(flow: type[Flow[Any]], language: str = "en", **seen: Any) -> Turn[Any]:
    now, data = datetime(2026, 11, 24, tzinfo=UTC), flow.compiled.new_data()
    turn = Turn("+4366412345678", "", flow.name, "", data, now, LANGUAGES.words(language), **seen)
    turn.language = language
    return turn


def test_a_language_that_is_chosen_is_spoken_at_once() -> None:
    turn = turn_in(Greeting, text="German")
    Greeting.compiled.start(turn)
    Greeting.compiled.handle(turn, "message")
    assert [reply.message.text for reply in turn.replies] == ["Hello.", "Hallo.", "Welche?\n1. Hallo."]
    assert (turn.language, turn.words.language) == ("de", "de")


def test_in_a_language_that_is_chosen_the_next_answer_is_read() -> None:
    turn = turn_in(Greeting, text="German")
    Greeting.compiled.start(turn)
    Greeting.compiled.handle(turn, "message")
    turn.text = "Stopp!"
    Greeting.compiled.handle(turn, "message")
    assert turn.state == "end"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{when:datetime}", "25.11.26, 00:30"),
        ("{when:time}", "00:30"),
        ("{when:date}", "25. November 2026"),
        ("{when:%H:%M}", "00:30"),
        ("{when}", "2026-11-25 00:30:00+01:00"),
        ("{wall:datetime}", "24.11.26, 23:30"),
        ("{wall:date}", "24. November 2026"),
        ("{clock:time}", "09:05"),
    ],
)
def test_a_moment_is_written_as_the_contacts_clock_shows_it_and_a_clock_on_the_wall_as_it_is(
    template: str, said: str
) -> None:
    class Telling(Flow[Moment]):
        only = State(template, initial=True, final=True)

    turn = turn_in(Telling, "de", zone=BERLIN)
    Telling.compiled.start(turn)
    assert [reply.message.text for reply in turn.replies] == [said]


def test_languages_are_read_from_the_folders_of_their_catalogues(tmp_path: Path) -> None:
    for language, hello in (("de", "Hallo."), ("de_AT", "Servus.")):
        folder = tmp_path / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "bot.po").write_text(f'msgid "Hello."\nmsgstr "{hello}"\n', encoding="utf-8")
    found = load_languages(tmp_path)
    assert [found.words(one).gettext("Hello.") for one in ("de", "de_AT", "de_CH")] == ["Hallo.", "Servus.", "Hallo."]
