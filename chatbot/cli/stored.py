"""The store as a person's commands reach it: beside the server that runs, or that of `chatbot dev`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import click

from chatbot.cli.context import Context
from chatbot.config import Config
from chatbot.errors import StoreError
from chatbot.store.opener import is_there, open_store
from chatbot.store.protocol import Store

DEV = "sqlite:///chatbot-dev.db"
"""Where `chatbot dev` keeps conversations, beside config.toml."""
dev_option = click.option("--dev", is_flag=True, help="Look into chatbot-dev.db, the store of `chatbot dev`.")
"""A command with this takes ``dev`` and hands it to `opened`."""


@asynccontextmanager
async def opened(context: Context, dev: bool) -> AsyncIterator[Store]:
    """Open the store beside whoever drives it. Raises StoreError when there is none, rather than making one."""
    settings = of_dev(context.config()) if dev else context.config()
    url = settings.store.url
    if not is_there(url, settings.folder):
        raise StoreError(f"there is no store at {url}: {_advice(settings, dev)}")
    store = await open_store(url, settings.folder, drives=False)
    try:
        yield store
    finally:
        await store.close()


def point_to_dev(context: Context, dev: bool) -> None:
    """Say, where nothing was found, that `chatbot dev` keeps conversations of its own, if it does."""
    if not dev and is_there(DEV, context.config().folder):
        context.say("to look into the store of `chatbot dev`: --dev")


def of_dev(settings: Config) -> Config:
    """Give ``settings`` with the store of `chatbot dev`."""
    return replace(settings, store=replace(settings.store, url=DEV))


def _advice(settings: Config, dev: bool) -> str:
    if dev:
        return "`chatbot dev` makes one"
    other = "; that of `chatbot dev` is read with --dev" if is_there(DEV, settings.folder) else ""
    return f"look at [store] url; `chatbot run` makes one{other}"


def moment(at: float) -> str:
    """Write a time (seconds since 1970) as a person reads it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
