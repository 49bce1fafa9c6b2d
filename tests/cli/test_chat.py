"""`chatbot chat`: a conversation in the terminal, which becomes a test."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
CALLER = '''"""Asks a service that counts, so that no two calls are alike."""

from dataclasses import dataclass
from pathlib import Path

from chatbot import Flow, State, Turn, done, error, seconds, text, timeout

COUNTER = Path(__file__).with_name("counter")


@dataclass
class Call:
    number: int = 0


async def count(data: Call, key: str) -> int:
    if COUNTER.exists() and len(COUNTER.read_text()) >= 2:
        raise OSError("the counter\\nis full")
    with COUNTER.open("a") as file:
        file.write("x")
    return len(COUNTER.read_text())


def keep(turn: Turn[Call]) -> None:
    turn.data.number = turn.result


class Caller(Flow[Call], keyword="call"):
    """One call."""

    counting = State(invoke=count, initial=True)
    counted = State("Number {number}.", timeout=seconds(30))
    broken = State("Nobody counts.", final=True)
    over = State("Over.", final=True)

    counting.on(done, to=counted, do=keep)
    counting.on(error, to=broken)
    counted.on(text, to=counting)
    counted.on(timeout, to=over)
'''


def test_what_is_piped_in_is_answered_as_a_dialogue(project: Path, run: Run) -> None:
    ended = run("chat", stdin="hello\nAda\n")
    assert ended.returncode == 0
    assert ended.stdout == "> hello\n< What is your name?\n> Ada\n< Nice to meet you, Ada.\n"


def test_a_flow_can_be_named_and_then_any_word_starts_it(project: Path, run: Run) -> None:
    assert run("chat", "greeter", stdin="good morning\n").stdout == "> good morning\n< What is your name?\n"
    unknown = run("chat", "greter")
    assert unknown.returncode == 2
    assert "did you mean greeter?" in unknown.stderr


def test_a_recorded_conversation_passes_under_pytest(project: Path, run: Run, rehearse: Run) -> None:
    ended = run(
        "chat", "--record", "ada.chat", stdin="hello\n/state\nAda\n/receipt delivered\n/wait 2h\n/state\n/quit\n"
    )
    assert ended.returncode == 0
    assert (project / "ada.chat").read_text() == (
        "# recorded in a terminal\n"
        "flow     greeter\n"
        "\n"
        "user     hello\n"
        "bot      What is your name?\n"
        "state    who\n"
        "user     Ada\n"
        "bot      Nice to meet you, Ada.\n"
        "receipt  DELIVERED\n"
        "wait     2h\n"
        "state    met\n"
    )
    tested = rehearse("ada.chat")
    assert tested.returncode == 0, tested.stdout


def test_a_record_holds_the_ends_of_calls_so_that_it_needs_no_service(project: Path, run: Run, rehearse: Run) -> None:
    (project / "bots" / "greeter.py").write_text(CALLER)
    ended = run("chat", "--record", "calls.chat", stdin="call\nmore\nmore\n")
    assert ended.returncode == 0, ended.stderr
    recorded = (project / "calls.chat").read_text()
    assert recorded.splitlines()[3:] == [
        "user     call",
        "invoke   count -> 1",
        "bot      Number 1.",
        "user     more",
        "invoke   count -> 2",
        "bot      Number 2.",
        "user     more",
        "invoke   count ! the counter is full",
        "bot      Nobody counts.",
    ]
    tested = rehearse("calls.chat")
    assert tested.returncode == 0, tested.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/wait soon", "'soon' is not a duration; write 30s, 29m, 1h 30m or 2d"),
        ("/wait", "is not a duration"),
        ("/receipt", "nothing is no state of a receipt; there are BUFFERED"),
        ("/receipt DELIVERED", "there is no message yet that a receipt could be for"),
        ("/dance", "there is no /dance; Write as the contact."),
    ],
)
def test_a_line_that_cannot_be_done_is_told_and_the_conversation_goes_on(
    project: Path, run: Run, line: str, said: str
) -> None:
    ended = run("chat", stdin=f"{line}\nhello\n")
    assert ended.returncode == 0
    assert said in ended.stderr
    assert "< What is your name?" in ended.stdout


def test_state_says_when_nothing_has_begun(project: Path, run: Run) -> None:
    assert run("chat", stdin="/state\n").stdout == "> /state\n  nothing has begun\n"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("there.chat", "there.chat is there already; choose another file"),
        ("notes.txt", "notes.txt would not be found by pytest; call it notes.chat"),
        ("nowhere/a.chat", "there is no folder nowhere; make it first"),
    ],
)
def test_a_record_that_cannot_be_kept_is_refused_before_the_conversation(
    project: Path, run: Run, file: str, said: str
) -> None:
    (project / "there.chat").write_text("mine")
    ended = run("chat", "--record", file, stdin="hello\n")
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""
    assert (project / "there.chat").read_text() == "mine"


def test_a_conversation_in_which_nothing_was_said_is_not_written(project: Path, run: Run) -> None:
    ended = run("chat", "--record", "ada.chat", stdin="\n/quit\n")
    assert ended.returncode == 0
    assert "nothing was said: ada.chat was not written" in ended.stderr
    assert not (project / "ada.chat").exists()


@pytest.mark.parametrize("leave", [b"\x04", b"\x03", b"/quit\n"], ids=["Ctrl-D", "Ctrl-C", "quit"])
def test_a_person_at_a_terminal_leaves_and_the_record_is_kept(project: Path, leave: bytes) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "chatbot", "chat", "--record", "ada.chat"]
    talk = subprocess.Popen(
        command,
        cwd=project,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=own_terminal,
    )
    os.close(theirs)
    try:
        read_until(ours, b"> ")
        os.write(ours, b"hello\n")
        read_until(ours, b"< What is your name?\r\n> ")
        os.write(ours, leave)
        assert b"Traceback" not in read_until(ours, b"pytest runs it")
        assert talk.wait(60) == 0
    finally:
        talk.kill()
        talk.wait()
        os.close(ours)
    assert "bot      What is your name?\n" in (project / "ada.chat").read_text()


def own_terminal() -> None:
    """Make the terminal that stands on standard input the process's own, so that Ctrl-C reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def read_until(terminal: int, text: bytes) -> bytes:
    """Read what the terminal shows until ``text`` is there."""
    shown = b""
    while text not in shown:
        shown += os.read(terminal, 1024)
    return shown
