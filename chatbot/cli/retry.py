"""`chatbot retry`: what went wrong for good, and doing it again once the cause is mended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import click

from chatbot import phone
from chatbot.cli.context import Context
from chatbot.cli.log import masked
from chatbot.cli.stored import dev_option, moment, opened, point_to_dev
from chatbot.engine.dialogue import last_line
from chatbot.engine.intake import read_again
from chatbot.errors import ConfigError, WireError
from chatbot.store import inbox, outbox, quarantine
from chatbot.store.inbox import SetAside
from chatbot.store.protocol import OutboxRow, Store
from chatbot.store.quarantine import Unreadable

Work = Callable[[Context, Store], Awaitable[None]]
LISTED = 1000
"""How many of each kind are listed at most."""
ALL = 2**31
GLIMPSE = 200
"""How many characters of a body a line shows; --json shows it whole."""


@click.command()
@click.argument("event_id", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="All events that were set aside, and all in quarantine.")
@click.option("--message", "message_id", type=int, metavar="ID", help="Send this message again: it may arrive twice.")
@click.option(
    "--quarantine", "quarantine_id", type=int, metavar="ID", help="Read this body again, with the reader of today."
)
@dev_option
@click.pass_obj
def retry(
    context: Context,
    event_id: int | None,
    everything: bool,
    message_id: int | None,
    quarantine_id: int | None,
    dev: bool,
) -> None:
    """Handle EVENT_ID again, which was set aside because it failed each time; without it, list what was.

    Also listed are messages that the gateway refused or that nobody knows to have arrived, and bodies that came in and
    that nobody could read. Nothing but what is asked for is done again.
    """
    ways = ((_handle_again, event_id), (_send_again, message_id), (_read_again, quarantine_id))
    asked: list[Work] = [partial(way, given) for way, given in ways if given is not None]
    asked += [_do_all_again] if everything else []
    if len(asked) > 1:
        raise ConfigError("say one of EVENT_ID, --all, --message and --quarantine")
    asyncio.run(_with_store(context, dev, asked[0] if asked else partial(_list, dev)))


async def _with_store(context: Context, dev: bool, work: Work) -> None:
    async with opened(context, dev) as store:
        await work(context, store)


async def _list(dev: bool, context: Context, store: Store) -> None:
    events = [_event(one) for one in await store.read(inbox.aside, LISTED)]
    messages = [_message(one) for one in await store.read(outbox.given_up, LISTED)]
    bodies = [_body(one) for one in await store.read(quarantine.latest, LISTED)]
    lines = [f"event {one['id']:<10}{one['at']}  {one['contact']:<17}{one['kind']:<9}{one['error']}" for one in events]
    lines += [
        f"message {one['id']:<8}{one['at']}  {one['contact']:<17}{one['status']:<9}{one['from']}  {one['error']}"
        for one in messages
    ]
    lines += [
        f"quarantine {one['id']:<5}{one['at']}  {one['bytes']} bytes: {one['reason']}\n{'':16}{_glimpse(one['body'])}"
        for one in bodies
    ]
    result = {"events": events, "messages": messages, "quarantine": bodies}
    context.show(result, "\n".join(lines) or "nothing was set aside, no message failed, nothing is in quarantine")
    ways = {
        f"to handle an event again: chatbot retry {'--dev ' if dev else ''}ID, or --all": events,
        "to send a message again: --message ID": messages,
        "to read a body again: --quarantine ID": bodies,
    }
    if lines:
        context.say("; ".join(way for way, there in ways.items() if there))
    else:
        point_to_dev(context, dev)


def _event(aside: SetAside) -> dict[str, Any]:
    event = aside.event
    return {
        "id": event.id,
        "at": moment(aside.at),
        "contact": phone.mask(event.contact),
        "kind": event.kind,
        "error": masked(last_line(aside.error)),
    }


def _message(row: OutboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": moment(row.created_at),
        "contact": phone.mask(row.contact),
        "status": row.status,
        "from": f"{row.flow}.{row.state}",
        "error": masked(" ".join(row.error.split())),
    }


def _body(one: Unreadable) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": moment(one.at),
        "reason": masked(one.reason),
        "bytes": len(one.body),
        "body": masked(one.body.decode("utf-8", "backslashreplace")),
    }


def _glimpse(body: str) -> str:
    line = " ".join(body.split()) or "(empty)"
    return line if len(line) <= GLIMPSE else f"{line[:GLIMPSE]}…"


async def _handle_again(event_id: int, context: Context, store: Store) -> None:
    if not await store.write(inbox.retry, event_id, time.time()):
        raise ConfigError(f"event {event_id} was not set aside; chatbot retry lists those that were")
    context.show({"events": [event_id]}, f"will be handled again: event {event_id}")


async def _send_again(message_id: int, context: Context, store: Store) -> None:
    if not await store.write(outbox.resend, message_id, time.time()):
        raise ConfigError(f"message {message_id} is neither unknown nor failed; chatbot retry lists those that are")
    context.show({"messages": [message_id]}, f"will be sent again: message {message_id}")


async def _read_again(quarantine_id: int, context: Context, store: Store) -> None:
    try:
        found = await store.write(read_again, quarantine_id, time.time())
    except WireError as error:
        raise ConfigError(f"quarantine {quarantine_id} can still not be read: {masked(str(error))}") from error
    if not found:
        raise ConfigError(f"{quarantine_id} is not in quarantine; chatbot retry lists what is")
    context.show({"quarantine": [quarantine_id]}, f"read, and will be handled: quarantine {quarantine_id}")


async def _do_all_again(context: Context, store: Store) -> None:
    aside = [one.event.id for one in await store.read(inbox.aside, ALL)]
    events = [one for one in aside if await store.write(inbox.retry, one, time.time())]
    bodies = []
    for one in reversed(await store.read(quarantine.latest, LISTED)):
        try:
            if await store.write(read_again, one.id, time.time()):
                bodies.append(one.id)
        except WireError:  # it stays
            continue
    done = {"event": events, "quarantine": bodies}
    told = ", ".join(f"{kind} {number}" for kind, numbers in done.items() for number in numbers)
    context.show(
        {"events": events, "quarantine": bodies},
        f"will be handled again: {told}" if told else "nothing was set aside, and nothing in quarantine can be read",
    )
