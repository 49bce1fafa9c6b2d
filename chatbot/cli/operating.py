"""The commands of who looks after a bot that runs: who is where, what went wrong, and what is kept of a contact."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from chatbot import phone
from chatbot.cli.arguments import read_contact
from chatbot.cli.context import Context
from chatbot.cli.terminal import harmless
from chatbot.engine.dialogue import Line, dialogue, last_line
from chatbot.errors import ConfigError, StoreError
from chatbot.store import contacts, conversations, inbox, outbox
from chatbot.store.inbox import SetAside
from chatbot.store.opener import is_there, open_store
from chatbot.store.protocol import Conversation, OutboxRow, Store

PAGE = 1000
ALL = 2**31
LISTED = 1000
"""How many events and how many messages `retry` lists at most."""


@click.command(name="conversations")
@click.argument("contact", required=False)
@click.option("--full", is_flag=True, help="Show whole phone numbers.")
@click.pass_obj
def conversations_(context: Context, contact: str | None, full: bool) -> None:
    """List the conversations that go on; with CONTACT, show what was said with them and what became of it."""
    if contact is None:
        asyncio.run(_list_live(context, full))
    else:
        asyncio.run(_show_dialogue(context, read_contact(contact, kept=True)))


@click.command()
@click.argument("event_id", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Handle again every event that was set aside.")
@click.option("--message", "outbox_id", type=int, help="Send this message again: it may arrive twice.")
@click.pass_obj
def retry(context: Context, event_id: int | None, everything: bool, outbox_id: int | None) -> None:
    """Handle EVENT_ID again, which was set aside because it failed each time; without it, list what was.

    Messages that the gateway refused, or that nobody knows to have arrived, are listed too; --message sends one again.
    """
    if (event_id is not None) + everything + (outbox_id is not None) > 1:
        raise ConfigError("say one of EVENT_ID, --all and --message")
    if outbox_id is not None:
        asyncio.run(_send_again(context, outbox_id))
    elif everything or event_id is not None:
        asyncio.run(_handle_again(context, event_id))
    else:
        asyncio.run(_list_failures(context))


@click.command()
@click.argument("contact")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(context: Context, contact: str, yes: bool) -> None:
    """Remove everything that is kept of CONTACT, for good. The server may run meanwhile."""
    if not yes and not sys.stdin.isatty():
        raise ConfigError("there is no terminal to ask on: say --yes to remove everything of the contact for good")
    asyncio.run(_erase(context, read_contact(contact, kept=True), yes))


@click.command()
@click.argument("contact")
@click.pass_obj
def export(context: Context, contact: str) -> None:
    """Write everything that is kept of CONTACT to standard output, as JSON."""
    asyncio.run(_export(context, read_contact(contact, kept=True)))


async def _list_live(context: Context, full: bool) -> None:
    found: list[Conversation] = []
    after = ("", "")
    async with _opened(context) as store:
        while page := await store.read(conversations.live, after, PAGE):
            found += page
            after = (page[-1].contact, page[-1].account)
    result = [
        {
            "contact": one.contact if full else phone.mask(one.contact),
            "account": one.account,
            "flow": one.flow,
            "state": one.state,
            "since": _time(one.updated_at),
        }
        for one in found
    ]
    lines = [f"{one['contact']:<17}{one['since']}  {one['flow']}.{one['state']}" for one in result]
    context.show(result, "\n".join(lines) or "no conversation goes on")


async def _show_dialogue(context: Context, contact: str) -> None:
    async with _opened(context) as store:
        kept = await store.read(contacts.export, contact)
    lines = dialogue(kept["event"], kept["turn"], kept["outbox"])
    where = [
        {
            "account": one["account"],
            "flow": one["flow"],
            "state": one["state"],
            "since": _time(one["updated_at"]),
            "final": bool(one["final"]),
            "data": one["data"],
        }
        for one in kept["conversation"]
    ]
    said = [{**asdict(line), "at": _time(line.at)} for line in lines]
    heads = [f"{contact} with {one['account']}: {one['flow']}.{one['state']} since {one['since']}" for one in where]
    text = "\n".join([*heads, *(row for line in lines for row in _written(line))])
    context.show(
        {"contact": contact, "conversations": where, "dialogue": said}, text or f"nothing is kept of {contact}"
    )


def _written(line: Line) -> Iterator[str]:
    """Write one line of a dialogue: when, who, what; below it where it led and what became of it."""
    first, *more = line.text.split("\n")
    yield f"{_time(line.at)}  {line.who:<8} {first}".rstrip()
    margin = " " * 31
    yield from (margin + row for row in more)
    name = "message" if line.who == "bot" else "event"
    status = "" if line.status == "done" else f"{name} {line.id} {line.status}"
    notes = ", ".join(filter(None, (line.state, status, line.error)))
    if notes:
        yield f"{margin}({notes})"


async def _list_failures(context: Context) -> None:
    async with _opened(context) as store:
        events = await store.read(inbox.aside, LISTED)
        messages = await store.read(outbox.given_up, LISTED)
    result = {"events": [_event(one) for one in events], "messages": [_message(one) for one in messages]}
    lines = [
        f"event {one['id']:<8}{one['at']}  {one['contact']:<17}{one['kind']:<9}{one['error']}"
        for one in result["events"]
    ]
    lines += [
        f"message {one['id']:<6}{one['at']}  {one['contact']:<17}{one['status']:<9}{one['from']}  {one['error']}"
        for one in result["messages"]
    ]
    context.show(result, "\n".join(lines) or "nothing was set aside, and no message failed")
    if lines:
        context.say("to handle an event again: chatbot retry ID, or --all; to send a message again: --message ID")


def _event(aside: SetAside) -> dict[str, Any]:
    event = aside.event
    return {
        "id": event.id,
        "at": _time(aside.at),
        "contact": phone.mask(event.contact),
        "kind": event.kind,
        "error": last_line(aside.error),
    }


def _message(row: OutboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": _time(row.created_at),
        "contact": phone.mask(row.contact),
        "status": row.status,
        "from": f"{row.flow}.{row.state}",
        "error": " ".join(row.error.split()),
    }


async def _handle_again(context: Context, event_id: int | None) -> None:
    async with _opened(context) as store:
        wanted = [event_id] if event_id is not None else [one.event.id for one in await store.read(inbox.aside, ALL)]
        again = [one for one in wanted if await store.write(inbox.retry, one, time.time())]
    if event_id is not None and not again:
        raise ConfigError(f"event {event_id} was not set aside; chatbot retry lists those that were")
    told = ", ".join(map(str, again))
    context.show({"events": again}, f"will be handled again: event {told}" if again else "nothing was set aside")


async def _send_again(context: Context, outbox_id: int) -> None:
    async with _opened(context) as store:
        done = await store.write(outbox.resend, outbox_id, time.time())
    if not done:
        raise ConfigError(f"message {outbox_id} is neither unknown nor failed; chatbot retry lists those that are")
    context.show({"messages": [outbox_id]}, f"will be sent again: message {outbox_id}")


async def _erase(context: Context, contact: str, yes: bool) -> None:
    async with _opened(context) as store:
        if not yes:
            kept = {table: len(rows) for table, rows in (await store.read(contacts.export, contact)).items()}
            click.confirm(f"Remove {_counted(kept)} of {contact} for good?", abort=True, err=True)
        removed = await store.write(contacts.erase, contact, time.time())
        try:
            await store.scrub()  # also when nothing was there: an earlier call may have ended before this
        except StoreError as error:
            raise StoreError(
                f"removed {_counted(removed)}, but it can still be read from the file: erase again. {error}"
            ) from error
    context.show({"removed": removed}, f"removed {_counted(removed)} of {phone.mask(contact)}")


def _counted(rows: dict[str, int]) -> str:
    return ", ".join(f"{count} of {table}" for table, count in rows.items() if count) or "nothing"


async def _export(context: Context, contact: str) -> None:
    async with _opened(context) as store:
        kept = await store.read(contacts.export, contact)
    click.echo(harmless(json.dumps({"contact": contact, **kept}, ensure_ascii=False, indent=2)))


@asynccontextmanager
async def _opened(context: Context) -> AsyncIterator[Store]:
    """Open the store beside whoever drives it. Raises StoreError when there is none, rather than making one."""
    settings = context.config()
    url = settings.store.url
    if not is_there(url, settings.folder):
        raise StoreError(f"there is no store at {url}: look at [store] url; `chatbot run` makes one")
    store = await open_store(url, settings.folder, drives=False)
    try:
        yield store
    finally:
        await store.close()


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
