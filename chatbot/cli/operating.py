"""The commands of who looks after a bot that runs: who is where, and what is kept of a contact."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict

import click

from chatbot import phone
from chatbot.cli.arguments import read_contact
from chatbot.cli.context import Context
from chatbot.cli.stored import dev_option, moment, opened, point_to_dev
from chatbot.cli.terminal import harmless
from chatbot.engine.dialogue import Line, dialogue
from chatbot.errors import ConfigError, StoreError
from chatbot.store import contacts, conversations
from chatbot.store.protocol import Conversation

PAGE = 1000


@click.command(name="conversations")
@click.argument("contact", required=False)
@click.option("--full", is_flag=True, help="Show whole phone numbers.")
@dev_option
@click.pass_obj
def conversations_(context: Context, contact: str | None, full: bool, dev: bool) -> None:
    """List the conversations that go on; with CONTACT, show what was said with them and what became of it."""
    if contact is None:
        asyncio.run(_list_live(context, full, dev))
    else:
        asyncio.run(_show_dialogue(context, read_contact(contact, kept=True), dev))


@click.command()
@click.argument("contact")
@click.option("--yes", is_flag=True, help="Do not ask.")
@dev_option
@click.pass_obj
def erase(context: Context, contact: str, yes: bool, dev: bool) -> None:
    """Remove everything that is kept of CONTACT, for good. The server may run meanwhile."""
    if not yes and not sys.stdin.isatty():
        raise ConfigError("there is no terminal to ask on: say --yes to remove everything of the contact for good")
    asyncio.run(_erase(context, read_contact(contact, kept=True), yes, dev))


@click.command()
@click.argument("contact")
@dev_option
@click.pass_obj
def export(context: Context, contact: str, dev: bool) -> None:
    """Write everything that is kept of CONTACT to standard output, as JSON."""
    asyncio.run(_export(context, read_contact(contact, kept=True), dev))


async def _list_live(context: Context, full: bool, dev: bool) -> None:
    found: list[Conversation] = []
    after = ("", "")
    async with opened(context, dev) as store:
        while page := await store.read(conversations.live, after, PAGE):
            found += page
            after = (page[-1].contact, page[-1].account)
    result = [
        {
            "contact": one.contact if full else phone.mask(one.contact),
            "account": one.account,
            "flow": one.flow,
            "state": one.state,
            "since": moment(one.updated_at),
        }
        for one in found
    ]
    lines = [f"{one['contact']:<17}{one['since']}  {one['flow']}.{one['state']}" for one in result]
    context.show(result, "\n".join(lines) or "no conversation goes on")
    if not found:
        point_to_dev(context, dev)


async def _show_dialogue(context: Context, contact: str, dev: bool) -> None:
    async with opened(context, dev) as store:
        kept = await store.read(contacts.export, contact)
    lines = dialogue(kept["event"], kept["turn"], kept["outbox"])
    where = [
        {
            "account": one["account"],
            "flow": one["flow"],
            "state": one["state"],
            "since": moment(one["updated_at"]),
            "final": bool(one["final"]),
            "data": one["data"],
        }
        for one in kept["conversation"]
    ]
    said = [{**asdict(line), "at": moment(line.at)} for line in lines]
    heads = [f"{contact} with {one['account']}: {one['flow']}.{one['state']} since {one['since']}" for one in where]
    text = "\n".join([*heads, *(row for line in lines for row in _written(line))])
    context.show(
        {"contact": contact, "conversations": where, "dialogue": said}, text or f"nothing is kept of {contact}"
    )
    if not text:
        point_to_dev(context, dev)


def _written(line: Line) -> Iterator[str]:
    """Write one line of a dialogue: when, who, what; below it where it led and what became of it."""
    first, *more = line.text.split("\n")
    yield f"{moment(line.at)}  {line.who:<8} {first}".rstrip()
    margin = " " * 31
    yield from (margin + row for row in more)
    name = "message" if line.who == "bot" else "event"
    status = "" if line.status == "done" else f"{name} {line.id} {line.status}"
    notes = ", ".join(filter(None, (line.state, status, line.error)))
    if notes:
        yield f"{margin}({notes})"


async def _erase(context: Context, contact: str, yes: bool, dev: bool) -> None:
    async with opened(context, dev) as store:
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


async def _export(context: Context, contact: str, dev: bool) -> None:
    async with opened(context, dev) as store:
        kept = await store.read(contacts.export, contact)
    click.echo(harmless(json.dumps({"contact": contact, **kept}, ensure_ascii=False, indent=2)))
