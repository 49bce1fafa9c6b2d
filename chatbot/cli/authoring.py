"""The commands for someone who writes a bot: is it right, what does it look like, what is here."""

from __future__ import annotations

import asyncio
import platform
from importlib import metadata
from typing import Any

import click

from chatbot.cli.context import FINDINGS, Context
from chatbot.config import Config
from chatbot.engine.stranded import Stranded, stranded
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check import check_bot
from chatbot.flows.draw import mermaid
from chatbot.store.opener import is_there, open_store


@click.command()
@click.option("--against-store", is_flag=True, help="Also count the conversations that could not go on.")
@click.pass_obj
@click.pass_context
def check(ctx: click.Context, context: Context, against_store: bool) -> None:
    """Check every flow: what would go wrong before a contact meets it. Exit status 1 when something is found."""
    settings = context.config()
    catalogue = context.catalogue(settings)
    found = check_bot(catalogue)
    result: list[dict[str, Any]] = [
        {"file": one.at.file, "line": one.at.line, "rule": one.rule, "text": one.text, "advice": one.advice}
        for one in found
    ]
    lines = list(map(str, found))
    for one in asyncio.run(count_stranded(settings, catalogue)) if against_store else ():
        result.append(
            {"rule": "stranded", "text": f"{one.count} in {one.flow}.{one.state}: {one.why}", "advice": one.advice}
        )
        lines.append(f"stranded: {one}")
    context.show(result, "\n".join(lines) or f"nothing found in {', '.join(catalogue.flows)}")
    ctx.exit(FINDINGS if lines else 0)


async def count_stranded(settings: Config, catalogue: Catalogue) -> list[Stranded]:
    """Count the live conversations that could not go on under ``catalogue``. Raises StoreError."""
    if not is_there(settings.store.url, settings.folder):
        return []
    store = await open_store(settings.store.url, settings.folder, drives=False)
    try:
        return await stranded(store, catalogue)
    finally:
        await store.close()


@click.command()
@click.argument("flow")
@click.pass_obj
def draw(context: Context, flow: str) -> None:
    """Draw FLOW as a Mermaid state diagram."""
    click.echo(mermaid(context.catalogue(context.config()).find(flow)), nl=False)


@click.command()
@click.pass_obj
def info(context: Context) -> None:
    """Show versions, the configuration in use and the flows it runs."""
    settings = context.config()
    flows = context.catalogue(settings).flows
    result: dict[str, Any] = {
        "chatbot": metadata.version("chatbot"),
        "python": platform.python_version(),
        "config": str(settings.folder / "config.toml"),
        "gateway": settings.gateway.url,
        "from": settings.gateway.sender,
        "channels": list(settings.gateway.channels),
        "store": settings.store.url.split("@")[-1],
        "store_is_there": is_there(settings.store.url, settings.folder),
        "flows": {
            name: {"states": len(flow.places), "keywords": list(flow.flow.keywords), "written": str(flow.flow.at)}
            for name, flow in flows.items()
        },
    }
    lines = [f"{key:<15}{value}" for key, value in result.items() if key != "flows"]
    for name, flow in flows.items():
        words = ", ".join(flow.flow.keywords) or "no keyword"
        lines.append(f"{'flow':<15}{name}: {len(flow.places)} states, {words}, {flow.flow.at}")
    context.show(result, "\n".join(lines))
