"""The pytest plugin: `.chat` files are tests, a failure is a diff, and ``--chat-update`` rewrites what the bot says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

pytest_plugins = ["pytester"]

BOT = """
from dataclasses import dataclass

from chatbot import Flow, State, choice, done, text


@dataclass
class Order:
    kind: str = ""
    price: str = ""


def keep_kind(turn):
    turn.data.kind = turn.choice


def keep_price(turn):
    turn.data.price = turn.result


def stumble(turn):
    raise ZeroDivisionError("a bug of the author")


async def quote(data):
    return "99"


class Shop(Flow[Order], keyword="shop"):
    kind = State("Parcel or letter?", choices=["parcel", "letter"], initial=True)
    pricing = State("One moment.", invoke=quote)
    offer = State(["For the {kind}:", "{price} EUR.\\n\\nTake it?"])
    sold = State("Sold.", final=True)

    kind.on(choice, to=pricing, do=keep_kind)
    kind.on(text("stumble"), do=stumble)
    pricing.on(done, to=offer, do=keep_price)
    offer.on(text, to=sold)
"""
RIGHT = """\
# it is sold
flow     shop

user     hello
bot      Parcel or letter?
         1. parcel
         2. letter
user     1
bot      One moment.
invoke   quote -> "12.50"
bot      For the parcel:
bot      {price} EUR.

         Take it?
user     yes
bot      Sold.
state    sold
"""
WRONG = """\
# nothing here is right, and   the spacing is the author's own
flow   shop
contact   +49 162 2943176

# the greeting
user   hello
bot    Which?
# a choice
user   1

# a step that will go
bot    Just a moment.
bot    And another.
invoke   quote -> "12.50"
# the price
bot    For the {kind}:
user   yes
# the end
bot    Bye.
state   sold
# after the end
"""
MENDED = """\
# nothing here is right, and   the spacing is the author's own
flow   shop
contact   +49 162 2943176

# the greeting
user   hello
bot      Parcel or letter?
         1. parcel
         2. letter
# a choice
user   1

# a step that will go
bot      One moment.
bot      For the parcel:
invoke   quote -> "12.50"
# the price
bot      12.50 EUR.

         Take it?
user   yes
# the end
bot      Sold.
state   sold
# after the end
"""
Project = Callable[..., Path]


@pytest.fixture(autouse=True)
def _nobody_integrates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """Make a project with a bot and one file of conversations; gives the file."""

    def make(*conversations: str, name: str = "shop.chat") -> Path:
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        (pytester.path / "config.toml").write_text('[bots]\nmodules = ["shopbot"]\n', encoding="utf-8")
        (pytester.path / "shopbot.py").write_text(BOT, encoding="utf-8")
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(conversations), encoding="utf-8")
        return path

    return make


def test_each_conversation_of_a_file_is_a_test_with_its_number_and_title(
    pytester: pytest.Pytester, project: Project
) -> None:
    project(RIGHT, RIGHT.replace("# it is sold", "# ça marche: again"), RIGHT.replace("# it is sold\n", ""))
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*shop.chat::1-it-is-sold PASSED*", "*::2-*marche:-again PASSED*", "*::3-shop PASSED*"]
    )


def test_one_conversation_can_be_chosen(pytester: pytest.Pytester, project: Project) -> None:
    project(RIGHT, WRONG)
    pytester.runpytest_inprocess("shop.chat::1-it-is-sold").assert_outcomes(passed=1)
    pytester.runpytest_inprocess("-k", "nothing").assert_outcomes(failed=1, deselected=1)


def test_the_bots_are_those_of_the_nearest_config_above(pytester: pytest.Pytester, project: Project) -> None:
    project(RIGHT, name="tests/conversations/deep/shop.chat")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_without_a_config_the_error_says_how_to_make_one(pytester: pytest.Pytester, project: Project) -> None:
    project(RIGHT)
    (pytester.path / "config.toml").unlink()
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no config.toml in *: make one with `chatbot new NAME`*"])


@pytest.mark.parametrize(
    ("file", "written", "said"),
    [
        ("config.toml", "[bot]", "*config.toml: unknown section [[]bot]; did you mean bots?"),
        ("shopbot.py", "import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("shopbot.py", BOT.replace("{price} EUR", "{prize} EUR"), "*shopbot.py:*: state offer says {prize}, and *"),
    ],
)
def test_a_bot_that_cannot_be_loaded_is_one_short_error_however_many_files_there_are(
    pytester: pytest.Pytester, project: Project, file: str, written: str, said: str
) -> None:
    for name in ("a.chat", "b.chat", "c.chat"):
        project(RIGHT, RIGHT, name=name)
    (pytester.path / file).write_text(written, encoding="utf-8")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*ERROR collecting a.chat*", said, "*ERROR collecting b.chat*"])
    seen = "the bots of config.toml cannot be loaded: see the first error"
    result.stdout.fnmatch_lines(["*ERROR collecting b.chat*", seen, "*ERROR collecting c.chat*", seen])
    assert len(result.outlines) < 40
    result.stdout.no_fnmatch_line("*plugin.py*")
    result.stdout.no_fnmatch_line("*catalogue.py*")


def test_a_failure_names_its_file_from_the_root_of_the_tests_so_that_an_editor_opens_it(
    pytester: pytest.Pytester, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project(RIGHT.replace("Sold.", "Bye."), name="tests/conversations/deep/shop.chat")
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["tests/conversations/deep/shop.chat:16: the bot says something else"])
    path.write_text("flow shop\nusr hello\n", encoding="utf-8")
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["tests/conversations/deep/shop.chat:2: 'usr' begins no step; did you mean user?"])


def test_a_failure_is_a_diff_with_the_trail_and_not_a_traceback(pytester: pytest.Pytester, project: Project) -> None:
    project(RIGHT.replace("Sold.", "Bye."), RIGHT)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "shop.chat:16: the bot says something else",
            " user     yes",
            "-bot      Bye.",
            "+bot      Sold.",
            " state    sold",
            "trail of states:",
            "  start -> kind",
            "  kind: choice -> pricing (shopbot.py:*)",
            "  pricing: done -> offer (shopbot.py:*)",
            "  offer: text -> sold (shopbot.py:*)",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*rehearsal.py*")


def test_a_bug_of_the_author_is_shown_with_its_traceback(pytester: pytest.Pytester, project: Project) -> None:
    project("flow shop\nuser hello\nbot {question}\nuser stumble\nbot Fine.\n")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["shop.chat:5: the bot says nothing here", "*ZeroDivisionError: a bug of the author"])


@pytest.mark.parametrize(
    ("written", "error"),
    [
        (b"flow shop\nusr hello\n", "*shop.chat:2: 'usr' begins no step; did you mean user?"),
        (b"flow shop\nuser \xff\n", "*'utf-8' codec can't decode byte 0xff*"),
        (b"", "*shop.chat:1: there is no conversation; write: flow     pickup"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_of_collection(
    pytester: pytest.Pytester, project: Project, written: bytes, error: str
) -> None:
    project().write_bytes(written)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([error])


def test_a_flow_that_is_not_there_fails_with_the_nearest_name(pytester: pytest.Pytester, project: Project) -> None:
    project(RIGHT.replace("flow     shop", "flow     shopp"))
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["shop.chat:2: there is no flow called 'shopp'; did you mean shop?"])
    result.stdout.no_fnmatch_line("*rehearsal.py*")


def test_an_update_rewrites_what_the_bot_says_and_no_other_line(pytester: pytest.Pytester, project: Project) -> None:
    path = project(RIGHT, WRONG, RIGHT)
    pytester.runpytest_inprocess("--chat-update").assert_outcomes(passed=3)
    assert path.read_text(encoding="utf-8") == "\n".join([RIGHT, MENDED, RIGHT])


def test_an_update_mends_every_conversation_of_a_file_at_once_and_the_next_run_is_green(
    pytester: pytest.Pytester, project: Project
) -> None:
    path = project(WRONG, RIGHT, WRONG, WRONG)
    pytester.runpytest_inprocess("--chat-update").assert_outcomes(passed=4)
    assert path.read_text(encoding="utf-8") == "\n".join([MENDED, RIGHT, MENDED, MENDED])
    pytester.runpytest_inprocess().assert_outcomes(passed=4)


def test_an_update_leaves_a_file_that_is_right_alone(pytester: pytest.Pytester, project: Project) -> None:
    path = project(RIGHT)
    before = path.stat().st_mtime_ns
    pytester.runpytest_inprocess("--chat-update").assert_outcomes(passed=1)
    assert path.stat().st_mtime_ns == before


def test_an_update_writes_down_a_conversation_of_which_only_the_users_part_is_known(
    pytester: pytest.Pytester, project: Project
) -> None:
    path = project('flow     shop\nuser     hello\nuser     1\ninvoke   quote -> "1"\nuser     yes\n')
    pytester.runpytest_inprocess("--chat-update").assert_outcomes(passed=1)
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    expected = """\
        flow     shop
        user     hello
        bot      Parcel or letter?
                 1. parcel
                 2. letter
        user     1
        invoke   quote -> "1"
        bot      One moment.
        bot      For the parcel:
        bot      1 EUR.

                 Take it?
        user     yes
        bot      Sold.
        """
    assert path.read_text(encoding="utf-8") == dedent(expected)


def test_an_update_takes_out_what_the_bot_says_no_more_and_keeps_the_comment(
    pytester: pytest.Pytester, project: Project
) -> None:
    path = project(RIGHT.replace("bot      Sold.\n", "bot      Sold.\n# and then\nbot      Bye.\n         Bye.\n"))
    pytester.runpytest_inprocess("--chat-update").assert_outcomes(passed=1)
    assert path.read_text(encoding="utf-8") == RIGHT.replace("bot      Sold.\n", "bot      Sold.\n# and then\n")


@pytest.mark.parametrize(
    ("change", "to", "failure"),
    [
        ("state    sold", "state    offer", "shop.chat:17: the conversation is in state sold, not offer"),
        ("state    sold", "invoke   quote -> 1", "shop.chat:17: invoke quote was written, and the flow did not call*"),
    ],
)
def test_an_update_mends_the_words_and_still_fails_for_what_else_is_wrong(
    pytester: pytest.Pytester, project: Project, change: str, to: str, failure: str
) -> None:
    path = project(RIGHT.replace(change, to).replace("Sold.", "Bye."))
    pytester.runpytest_inprocess("--chat-update").assert_outcomes(failed=1)
    assert path.read_text(encoding="utf-8") == RIGHT.replace(change, to)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([failure])


def test_an_update_rewrites_nothing_where_the_end_of_a_call_is_missing(
    pytester: pytest.Pytester, project: Project
) -> None:
    written = RIGHT.replace('invoke   quote -> "12.50"\n', "")
    path = project(written)
    result = pytester.runpytest_inprocess("--chat-update")
    result.assert_outcomes(failed=1)
    assert path.read_text(encoding="utf-8") == written
    result.stdout.fnmatch_lines(["shop.chat:8: the flow calls quote, and no line says*; write invoke   quote -> *"])


def test_an_update_is_refused_under_ci_and_writes_nothing(
    pytester: pytest.Pytester, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    path = project(WRONG)
    result = pytester.runpytest_inprocess("--chat-update")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--chat-update rewrites expectations, so it is refused under CI"])
    assert path.read_text(encoding="utf-8") == WRONG
    pytester.runpytest_inprocess().assert_outcomes(failed=1)


def test_an_update_by_several_processes_is_refused(pytester: pytest.Pytester, project: Project) -> None:
    path = project(WRONG)
    result = pytester.runpytest_inprocess("--chat-update", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*run it without -n"])
    assert path.read_text(encoding="utf-8") == WRONG
