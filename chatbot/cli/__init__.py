"""The `chatbot` command. Each module here holds a few of its commands.

Exit status: 0 fine, 1 findings, 2 usage or configuration, 3 gateway or store unreachable.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from chatbot.cli.context import Context, Guarded

COMMANDS = {
    "dev": "dev",
    "run": "serving",
    "check": "authoring",
    "draw": "authoring",
    "chat": "chat",
    "send": "sending",
    "status": "sending",
    "trigger": "sending",
    "conversations": "operating",
    "retry": "retry",
    "erase": "operating",
    "export": "operating",
    "simulator": "serving",
    "new": "new",
    "info": "authoring",
}
"""Every command, in the order in which they are met, and the module that holds it: only that one is imported."""


class Commands(Guarded):
    """The commands above."""

    def __call__(self, *arguments: Any, **more: Any) -> NoReturn:
        """Run as a program and end the process.

        Not by way of Python's own ending: there the HTTP engine's thread may still let go of Python's objects, and the
        process would be aborted instead of giving its status.
        """
        try:
            self.main(*arguments, **more)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        with suppress(OSError):  # nobody reads any more
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Give their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        held = vars(import_module(f"chatbot.cli.{COMMANDS[cmd_name]}")).values()
        return next(one for one in held if isinstance(one, click.Command) and one.name == cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config", "config_file", type=click.Path(dir_okay=False), help="config.toml to use; else the nearest one above."
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Write results as JSON; and an error, as one line of it on standard error: error, kind, status.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say errors only.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for everything.")
@click.version_option(package_name="chatbot")
@click.pass_context
def main(ctx: click.Context, config_file: str | None, as_json: bool, quiet: bool, verbose: int) -> None:
    """Chatbots on Viber, with SMS and Facebook as fallback, through tyntec's Mobile Chat gateway."""
    ctx.obj = Context(config_file, as_json, -1 if quiet else verbose)
    ctx.obj.set_up_logging()
