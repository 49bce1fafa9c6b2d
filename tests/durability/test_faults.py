"""What a real server does when the disk, the database, the gateway or a flow fails."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatbot import codec
from chatbot.messages import Inbound
from chatbot.store import inbox
from chatbot.store.protocol import NewEvent
from chatbot.store.sqlite import SqliteStore

from .process import ACCOUNT, BACKOFF, HERE, PATCHES, ForkServer, again, get
from .service import STOP_WITHIN, Service, serving, until

ANNA, BERT = "+491622943176", "+491622943177"
FRAGILE = {"fragile": HERE / "bots" / "fragile.py"}
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

Open = Callable[..., Awaitable[Service]]


@pytest.fixture
async def open_service(fork: ForkServer, tmp_path: Path) -> AsyncIterator[Open]:
    """Starts a server of a bot that echoes, with the given patches and settings."""
    async with AsyncExitStack() as stack:

        async def opened(bots: dict[str, Path] = FRAGILE, settings: Any = None, **patches: Any) -> Service:
            site: dict[str, Any] = {"settings": settings or {}, "patches": {**PATCHES, **BACKOFF, **patches}}
            service = await stack.enter_async_context(serving(fork, tmp_path, bots, **site))
            await service.start()
            return service

        yield opened


@pytest.fixture
async def service(open_service: Open) -> Service:
    made = await open_service()
    await made.tell(ANNA, "hi", "I0")
    await made.quiet()
    return made


def stored(service: Service) -> list[Any]:
    return service.rows("SELECT key FROM event WHERE kind = 'message' ORDER BY id")


async def is_not_ready(service: Service) -> bool:
    return await get(service.site.port, "/readyz") == 503


async def is_refused(service: Service, numbers: Iterator[int]) -> bool:
    return await service.say(ANNA, "one", f"I{next(numbers)}") == 503


def statuses(service: Service) -> list[Any]:
    return service.rows("SELECT status FROM outbox ORDER BY id")


# The disk


@needs_strace
async def test_the_answer_200_is_given_after_the_message_was_synced_to_disk(service: Service) -> None:
    process, trace = service.process, service.site.folder / "trace"
    assert process is not None
    await process.trace("-e", "trace=pwrite64,fdatasync,fsync,write,writev", "-s", "8192", "-o", str(trace))
    assert await service.say(ANNA, "a word that stands nowhere else", "I1") == 200
    await service.quiet()
    await process.untrace()
    lines = trace.read_text().splitlines()
    written = next(n for n, line in enumerate(lines) if "pwrite64(" in line and "stands nowhere else" in line)
    synced = next(n for n, line in enumerate(lines) if n > written and "sync" in line and line.endswith("= 0"))
    answered = next(n for n, line in enumerate(lines) if "HTTP/1.1 200" in line)
    assert written < synced < answered


@needs_strace
async def test_while_the_disk_is_full_nothing_is_acknowledged_and_when_there_is_space_all_goes_on(
    service: Service,
) -> None:
    assert service.process is not None
    await service.process.fail_at("pwrite64", "ENOSPC", "1+")
    assert await service.say(ANNA, "one", "I1") == 503
    assert await service.say(BERT, "hi", "I2") == 503
    await service.process.untrace()
    assert stored(service) == ["I0"]
    assert "the disk is full: free some space" in service.said()
    await service.tell(ANNA, "one", "I1")
    await service.tell(BERT, "hi", "I2")
    await service.quiet()
    assert sorted(service.gateway.texts()) == ["Hello", "Hello", "one"]


@needs_strace
async def test_after_one_sync_that_failed_the_server_takes_nothing_and_says_so_until_it_is_started_again(
    open_service: Open,
) -> None:
    service = await open_service(**{"chatbot.engine.faults:AGAIN": 3600.0})
    await service.tell(ANNA, "hi", "I0")
    await service.quiet()
    assert service.process is not None
    await service.process.fail_at("fdatasync", "EIO", "1")
    assert await service.say(ANNA, "one", "I1") == 503
    await service.process.untrace()  # from here on every sync would succeed: what was lost would not be noticed
    for number in range(2, 5):
        assert await service.say(ANNA, "two", f"I{number}") == 503
    await again(partial(is_not_ready, service))
    assert await get(service.site.port, "/healthz") == 200
    assert service.said().count("check disk, restart") == service.said().count("CRITICAL") == 1
    assert service.gateway.texts() == ["Hello"]
    await service.stop()
    await service.start()
    await service.tell(ANNA, "one", "I1")
    await service.quiet()
    assert service.gateway.texts() == ["Hello", "one"]


@needs_strace
async def test_after_a_sync_of_the_file_itself_failed_the_server_takes_nothing_and_says_so(open_service: Open) -> None:
    service = await open_service(**{"chatbot.store.sqlite:GROWN": 1})
    await service.tell(ANNA, "hi", "I0")
    await service.quiet()
    assert service.process is not None
    await service.process.fail_at("fdatasync", "EIO", "1", file=service.site.file)
    await again(partial(is_refused, service, iter(range(1, 1000))))
    await service.process.untrace()
    assert await service.say(BERT, "hi", "B1") == 503
    await again(partial(is_not_ready, service))
    assert "check disk, restart" in service.said()
    await service.stop()
    await service.start()
    await service.tell(BERT, "hi", "B1")
    await service.quiet()
    assert service.gateway.texts(BERT) == ["Hello"]


async def test_while_another_process_locks_the_database_nothing_is_acknowledged_and_nothing_is_lost(
    open_service: Open,
) -> None:
    service = await open_service(**{"chatbot.store.sqlite:BUSY_TIMEOUT": 0.05})
    service.gateway.always = "wait"
    await service.tell(ANNA, "hi", "I1")
    await until(lambda: service.gateway.texts() == ["Hello"], service)
    with closing(sqlite3.connect(service.site.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        service.gateway.go_on.set()  # the gateway accepts, and it cannot be written down
        await until(lambda: "written down later" in service.said(), service)
        assert await service.say(BERT, "hi", "I2") == 503
        assert statuses(service) == ["sending"]
        other.execute("ROLLBACK")
    await service.tell(BERT, "hi", "I2")
    await service.quiet()
    assert stored(service) == ["I1", "I2"]
    assert statuses(service) == ["accepted", "accepted"]
    assert service.gateway.texts() == ["Hello", "Hello"]


# The gateway


async def test_a_dead_gateway_costs_nothing_but_time_also_over_a_new_start(open_service: Open) -> None:
    service = await open_service()
    await service.gateway.close()
    for number, words in enumerate(["hi", "one", "two"], 1):
        assert await service.say(ANNA, words, f"I{number}") == 200
    assert await service.say(BERT, "hi", "I9") == 200
    await until(lambda: "waiting" not in service.rows("SELECT status FROM event"), service)
    await service.stop()
    await service.start()
    await service.gateway.open()
    await service.quiet()
    assert service.gateway.texts(ANNA) == ["Hello", "one", "two"]
    assert service.gateway.texts(BERT) == ["Hello"]
    assert set(statuses(service)) == {"accepted"}


async def test_a_gateway_that_does_not_answer_holds_up_nobody_but_who_waits_for_it(open_service: Open) -> None:
    service = await open_service(settings={"CHATBOT_GATEWAY__TIMEOUT": "0.3"})
    service.gateway.faults_of("Hello", "wait")
    await service.tell(ANNA, "hi", "I1")
    await until(lambda: service.gateway.texts() == ["Hello"], service)
    await service.tell(ANNA, "one", "I2")
    await service.tell(BERT, "hi", "I3")
    await until(lambda: service.gateway.texts(BERT) == ["Hello"], service)
    assert service.gateway.texts(ANNA) == ["Hello"]
    await service.quiet()
    assert service.gateway.texts(ANNA) == ["Hello", "one"]
    assert service.rows("SELECT status FROM outbox WHERE contact = ? ORDER BY id", ANNA) == ["unknown", "accepted"]


@pytest.mark.parametrize(("choice", "posts", "end"), [("unknown", 1, "unknown"), ("resend", 2, "accepted")])
async def test_a_message_that_was_perhaps_accepted_is_left_or_sent_again_as_the_configuration_says(
    open_service: Open, choice: str, posts: int, end: str
) -> None:
    service = await open_service(settings={"CHATBOT_GATEWAY__ON_AMBIGUOUS": choice})
    service.gateway.faults_of("Hello", "reset")
    await service.tell(ANNA, "hi", "I1")
    await service.tell(ANNA, "one", "I2")
    await service.quiet()
    assert service.gateway.texts() == ["Hello"] * posts + ["one"]
    assert statuses(service) == [end, "accepted"]


async def test_in_a_storm_of_500s_every_message_is_accepted_once_and_in_order(service: Service) -> None:
    chance = random.Random(5)
    contacts = [f"+49162294{number}" for number in range(3000, 3020)]
    said = {contact: ["Hello", *(f"{word} of {contact}" for word in ("first", "second"))] for contact in contacts}
    for words in said.values():
        for text in words[1:]:
            service.gateway.faults_of(text, *chance.choices(["500", "503", "429"], k=chance.randrange(8)))
    service.gateway.faults_of("Hello", *chance.choices(["500", "ok"], k=30))

    async def write(contact: str) -> None:
        for number, text in enumerate(["hi", *said[contact][1:]]):
            await service.tell(contact, text, f"I{number}")

    await asyncio.gather(*map(write, contacts))
    await service.quiet()
    accepted = [(post.contact, post.text) for post in service.gateway.posts if post.accepted]
    for contact in contacts:
        assert [text for to, text in accepted if to == contact] == said[contact]
    assert set(statuses(service)) == {"accepted"}


async def test_credentials_that_are_refused_mid_run_pause_the_sender_and_nothing_is_dropped(service: Service) -> None:
    service.gateway.always = "403"
    await service.tell(ANNA, "one", "I1")
    await until(lambda: "sending pauses" in service.said(), service)
    for number, contact in enumerate([BERT, ANNA, BERT], 2):
        assert await service.say(contact, f"word {number}", f"I{number}") == 200
    assert await get(service.site.port, "/readyz") == 200
    await service.stop()
    await service.start()
    service.gateway.always = ""
    await service.quiet()
    accepted = [(post.contact, post.text) for post in service.gateway.posts if post.accepted]
    assert [text for to, text in accepted if to == ANNA] == ["Hello", "one", "word 3"]
    assert [text for to, text in accepted if to == BERT] == ["Hello", "word 4"]


# The flow


LIMIT = "chatbot.engine.watchdog:Watchdog.__init__(limit)"
STUCK = 1 << 8
"""The status of a process that the watchdog has ended."""


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ("exit", 3 << 8, ["Sorry."]),
        ("hang", STUCK, ["Sorry."]),
        ("backtrack", STUCK, ["Sorry."]),
        ("leave", 3 << 8, ["One moment.", "Not found."]),
        ("block", STUCK, ["One moment.", "Not found."]),
    ],
)
async def test_whatever_ends_or_hangs_the_process_three_times_is_given_up_and_everybody_else_is_answered(
    open_service: Open, words: str, status: int, told: list[str]
) -> None:
    resend = {"CHATBOT_GATEWAY__ON_AMBIGUOUS": "resend"}  # what was being sent when it ended is of another test
    service = await open_service(settings=resend, **{LIMIT: 0.5} if status == STUCK else {})
    await service.tell(ANNA, "hi", "I1")
    await service.tell(BERT, "hi", "I2")
    await service.quiet()
    async with service.kept_up() as ends:
        await service.tell(ANNA, words, "I3")
        await service.tell(BERT, "and me?", "I4")
        await service.quiet()
    assert len(ends) >= 3
    assert set(ends) == {status}
    assert [*dict.fromkeys(service.gateway.texts(ANNA))] == ["Hello", *told]
    assert [*dict.fromkeys(service.gateway.texts(BERT))] == ["Hello", "and me?"]
    if told == ["Sorry."]:
        assert service.rows("SELECT attempts FROM event WHERE status = 'aside' AND key = 'I3'") == [4]
        assert "event 3 of +4916…76 was being handled when the process ended, try 3 of 3" in service.said()
    if status == STUCK:
        assert f'fragile.py", line {line_of(words)} in {words}' in service.said()


def line_of(function: str) -> int:
    """Give the line in which a function of the bot stands still."""
    lines = FRAGILE["fragile"].read_text().splitlines()
    begin = next(n for n, line in enumerate(lines) if f"def {function}(" in line)
    return 1 + next(n for n, line in enumerate(lines) if n > begin and re.search(r"sleep\(3600|fullmatch", line))


@pytest.mark.parametrize(
    ("poison", "words", "given_up", "answered"),
    [("exit", "word", "Sorry.", "word"), ("leave", "look", "Not found.", "Found.")],
    ids=["turns", "slow calls"],
)
async def test_who_writes_in_the_moment_in_which_somebody_ends_the_process_is_answered_and_once(
    open_service: Open, poison: str, words: str, given_up: str, answered: str
) -> None:
    service = await open_service()
    others = [f"+49162295{number}" for number in range(3000, 3030)]
    everybody = [*others[:10], ANNA, *others[10:]]
    await asyncio.gather(*(service.tell(contact, "hi", f"{contact} 1") for contact in everybody))
    await service.quiet()
    await service.stop()
    store = await SqliteStore.open(service.site.file)
    for contact in everybody:  # what waits at a start is taken up at once
        came = Inbound(ACCOUNT, contact, poison if contact == ANNA else words, f"{contact} 2")
        event = NewEvent(contact, ACCOUNT, "message", came.request_id, codec.dumps(came), time.time())
        await store.write(inbox.accept, event)
    await store.close()
    patches = service.site.patches
    service.site.patches = {**patches, "chatbot.engine.engine:Engine.__init__(send_lanes)": 0}  # no POST may be cut off
    service.process = await service.fork.start(service.site)
    service.started.append(service.process)
    async with service.kept_up() as ends:
        await service.handled()
    assert ends == [3 << 8] * len(ends)
    assert len(ends) >= 3
    await service.stop()
    service.site.patches = patches
    await service.start()
    await service.quiet()
    assert service.gateway.texts(ANNA)[-1] == given_up
    for contact in others:
        texts = service.gateway.texts(contact)
        assert (texts[-1], texts.count(answered)) == (answered, 1)


async def test_a_deploy_that_removes_a_live_state_is_refused_and_lands_them_when_it_is_wanted(
    open_service: Open, tmp_path: Path
) -> None:
    service = await open_service({"desk": HERE / "bots" / "desk.py"})
    await service.tell(ANNA, "order", "I1")
    await service.tell(ANNA, "bread", "I2")
    await service.quiet()
    await service.stop()
    bot = tmp_path / "bots" / "desk.py"
    bot.write_text(bot.read_text().replace("many", "count"))
    process = await service.fork.start(service.site)
    await asyncio.wait([process.ended])
    await process.close()
    assert process.status == 2 << 8
    assert "1 in desk.many" in service.said()
    assert 'renamed = {"many": the_state_that_follows}' in service.said()
    service.site.run_options = ("--land-stranded",)
    await service.start()
    await service.tell(ANNA, "3", "I3")
    await service.quiet()
    assert service.gateway.texts() == ["What would you like?", "How many bread?", "What would you like?"]


# The end


async def test_sigterm_under_load_ends_the_server_in_time_and_loses_nothing(service: Service) -> None:
    contacts = [f"+49162294{number}" for number in range(3000, 3060)]
    acknowledged = dict.fromkeys(contacts, 0)

    async def write(contact: str) -> None:
        while True:
            number = acknowledged[contact]
            await service.tell(contact, f"word {number}", f"I{number}")
            acknowledged[contact] += 1

    people = [asyncio.create_task(write(contact)) for contact in contacts]
    await until(lambda: len(service.gateway.posts) > 200, service)
    await service.stop()
    for task in people:  # who stands in the queue of the port is answered by the next server
        task.cancel()
    await asyncio.gather(*people, return_exceptions=True)
    assert sum(acknowledged.values()) > 200
    assert service.rows("SELECT count(*) FROM outbox WHERE status = 'sending'") == [0]
    await service.start()
    await service.quiet()
    assert set(statuses(service)) == {"accepted"}
    for contact, count in acknowledged.items():
        texts = service.gateway.texts(contact)
        assert texts == ["Hello", *(f"word {number}" for number in range(1, len(texts)))][: len(texts)]
        assert len(texts) in (count, count + 1)  # the last one may be on disk, and its answer lost


async def test_what_hangs_while_the_server_stops_does_not_hold_it_up(open_service: Open) -> None:
    service = await open_service(**{"chatbot.engine.engine:STOP_AT_LAST": 0.5})
    await under_way(service, "linger")
    assert service.process is not None
    service.process.signal(signal.SIGTERM)
    await asyncio.wait([service.process.ended], timeout=STOP_WITHIN)
    assert service.process.status == STUCK
    assert f'fragile.py", line {line_of("linger")} in linger' in service.said()


async def test_the_thread_of_a_slow_call_does_not_hold_up_the_end_and_the_call_is_no_try(open_service: Open) -> None:
    service = await open_service(**{"chatbot.cli.serving:LEAVE_AFTER": 0.2})
    await under_way(service, "stay")
    await service.stop()
    assert service.rows("SELECT status, attempts FROM invocation") == [("waiting", 0)]


async def under_way(service: Service, words: str) -> None:
    """Have a slow call made."""
    await service.tell(ANNA, "hi", "I1")
    await service.tell(ANNA, words, "I2")
    await until(lambda: service.rows("SELECT status FROM invocation") == ["running"], service)
    await service.tell(BERT, "hi", "I3")  # whoever is answered after it shows that it has begun
    await until(lambda: service.gateway.texts(BERT) == ["Hello"], service)
