"""`chatbot dev`: what a person sees while they write a bot."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

PORTS = ("dev", "--port", "0", "--phone-port", "0")


def test_a_person_talks_with_the_bot_on_the_phone(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    phone = pick_up(start(project, *PORTS))
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    phone.write("Ada")
    assert phone.hear() == "Nice to meet you, Ada."


def test_the_page_and_the_bots_are_where_dev_says(project: Path, start: Callable[..., Any]) -> None:
    pages = start(project, *PORTS).pages
    assert httpx.get(pages["phone"]).status_code == 200
    assert httpx.get(pages["bots"] + "/readyz").json()["ready"] is True


def test_a_saved_prompt_is_said_next_and_the_conversation_is_kept(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    dev = start(project, *PORTS)
    phone = pick_up(dev)
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    change(project, "Nice to meet you", "Welcome")
    dev.words.wait_for("the bots are up again")
    phone.write("Ada")
    assert phone.hear() == "Welcome, Ada."


def test_a_saved_translation_is_said_next(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    catalogue = project / "locale" / "de" / "LC_MESSAGES" / "bot.po"
    catalogue.parent.mkdir(parents=True)
    words = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "What is your name?"\nmsgstr "{}"\n'
    catalogue.write_text(words.format("Wie?"))
    dev = start(project, *PORTS)
    phone = pick_up(dev)
    catalogue.write_text(words.format("Wie heißt du?"))
    dev.words.wait_for("the bots are up again")
    phone.write("hello")
    assert phone.hear() == "Wie heißt du?"


def test_a_bot_that_cannot_be_read_is_told_and_its_messages_wait_for_the_fix(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    dev = start(project, *PORTS)
    phone = pick_up(dev)
    change(project, "who = State", "who = = State")
    dev.words.wait_for("SyntaxError: invalid syntax")
    dev.words.wait_for("Mend what is said above and save")
    assert f'{project}/bots/greeter.py", line 20' in dev.words.text
    assert "Traceback" not in dev.words.text
    phone.write("hello")
    change(project, "who = = State", "who = State")
    assert phone.hear() == "What is your name?"


def test_a_bot_that_is_broken_from_the_start_is_tried_again_at_each_save(
    project: Path, start: Callable[..., Any]
) -> None:
    change(project, "State, ", "Stat, ")
    dev = start(project, *PORTS)
    dev.words.wait_for("Mend what is said above and save")
    assert "ImportError: cannot import name 'Stat'" in dev.words.text
    change(project, "Stat, ", "Statt, ")
    dev.words.wait_for("Mend what is said above and save", times=2)
    change(project, "Statt, ", "State, ")
    assert httpx.get(dev.pages["phone"]).status_code == 200


def test_a_setting_that_is_wrong_is_told_and_mended_too(project: Path, start: Callable[..., Any]) -> None:
    dev = start(project, *PORTS)
    assert dev.pages
    settings = project / "config.toml"
    settings.write_text(settings.read_text().replace("[bots]", "[bot]"))
    dev.words.wait_for("unknown section [bot]; did you mean bots?")
    settings.write_text(settings.read_text().replace("[bot]", "[bots]"))
    dev.words.wait_for("the bots are up again")


def test_ctrl_c_ends_all_of_it_without_a_word_of_trouble(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    dev = start(project, *PORTS)
    phone = pick_up(dev)  # its page stays open
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    assert dev.interrupt() == 0
    assert dev.is_gone()
    dev.words.wait_for_end()
    assert dev.words.lines[-1] == "stopped\n"
    assert not any(word in dev.words.text for word in ("Traceback", "ERROR", "WARNING", "Aborted"))


def test_ctrl_c_while_it_starts_ends_all_of_it_too(project: Path, start: Callable[..., Any]) -> None:
    (project / "bots" / "greeter.py").write_text("import time\nprint('reading', flush=True)\ntime.sleep(600)\n")
    dev = start(project, *PORTS)
    dev.results.wait_for("reading")
    assert dev.interrupt() == 0
    assert dev.is_gone()
    dev.words.wait_for_end()
    assert "Traceback" not in dev.words.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_the_bots_do_not_outlive_a_dev_that_is_killed(
    project: Path, start: Callable[..., Any], number: signal.Signals
) -> None:
    dev = start(project, *PORTS)
    assert dev.pages
    os.kill(dev.process.pid, number)
    dev.process.wait()
    dev.results.wait_for_end()  # the bots write there too


def test_a_port_that_is_taken_is_replaced_and_that_is_said(project: Path, start: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        dev = start(project, "dev", "--port", str(port), "--phone-port", str(port))
        pages = dev.pages
        dev.words.wait_for(f"port {port} is taken; using ", times=2)
        assert httpx.get(pages["phone"]).status_code == 200
        assert httpx.get(pages["bots"] + "/healthz").status_code == 200


def test_a_second_dev_in_the_same_folder_ends_and_says_who_is_there(project: Path, start: Callable[..., Any]) -> None:
    first = start(project, *PORTS)
    assert first.pages
    second = start(project, *PORTS)
    assert second.process.wait(60) == 3
    second.words.wait_for_end()
    assert "chatbot-dev.db open, and SQLite serves one process: stop it first" in second.words.text
    assert "Traceback" not in second.words.text
    assert httpx.get(first.pages["bots"] + "/readyz").status_code == 200


def test_a_second_run_shows_on_the_phone_what_was_said_and_goes_on(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    first = start(project, *PORTS)
    phone = pick_up(first)
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    first.interrupt()
    second = start(project, *PORTS)
    phone = pick_up(second)
    second.words.wait_for("conversations of earlier runs go on; chatbot dev --fresh forgets them\n")
    assert thread(phone) == [("user", "hello"), ("bot", "What is your name?")]
    phone.write("Ada")
    assert phone.hear() == "Nice to meet you, Ada."
    assert [side for side, _ in thread(phone)] == ["user", "bot", "user", "bot"]


def test_a_fresh_run_forgets_the_conversations_of_the_others(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    first = start(project, *PORTS)
    phone = pick_up(first)
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    first.interrupt()
    fresh = start(project, *PORTS, "--fresh")
    phone = pick_up(fresh)
    assert thread(phone) == []
    assert "earlier runs" not in fresh.words.text
    phone.write("Ada")
    assert phone.hear() == "What is your name?"


def test_a_fresh_run_takes_nothing_from_one_that_goes_on(
    project: Path, start: Callable[..., Any], pick_up: Callable[..., Any]
) -> None:
    first = start(project, *PORTS)
    phone = pick_up(first)
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    second = start(project, *PORTS, "--fresh")
    assert second.process.wait(60) == 3
    second.words.wait_for_end()
    assert "chatbot-dev.db open, and SQLite serves one process: stop it first" in second.words.text
    phone.write("Ada")
    assert phone.hear() == "Nice to meet you, Ada."


def test_it_says_how_to_look_into_its_conversations(project: Path, start: Callable[..., Any]) -> None:
    dev = start(project, *PORTS)
    assert dev.pages
    dev.words.wait_for("chatbot conversations --dev, chatbot retry --dev")


def test_without_a_config_there_is_advice_and_status_2(tmp_path: Path, run: Callable[..., Any]) -> None:
    ended = run("dev")
    assert ended.returncode == 2
    assert "chatbot new NAME" in ended.stderr


def thread(phone: Any) -> list[tuple[str, str]]:
    """Give what the phone shows: who said it, and what."""
    return [(bubble["side"], bubble["text"]) for bubble in phone.shown()]


def change(project: Path, old: str, new: str) -> None:
    """Save the bot with ``new`` in place of ``old``."""
    file = project / "bots" / "greeter.py"
    written = file.read_text()
    assert old in written
    file.write_text(written.replace(old, new))
