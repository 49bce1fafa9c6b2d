"""The `chatbot` command. Each module here holds a few of its commands.

Exit status: 0 fine, 1 findings, 2 usage or configuration, 3 gateway or store unreachable, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from chatbot.cli.context import Context, Guarded

COMMANDS = {
    "dev": ("dev", "Bots, simulator and a phone in the browser; reload on save."),
    "run": ("serving", "Run the bots in production, as a web service."),
    "check": ("authoring", "Find what would go wrong before a contact meets it."),
    "draw": ("authoring", "Draw a flow: a Mermaid diagram, or a picture."),
    "chat": ("chat", "Talk with a flow in this terminal; keep it as a test."),
    "send": ("sending", "Send one message, or start a flow for a contact."),
    "status": ("sending", "Ask the gateway what became of a message."),
    "trigger": ("sending", "Fire a message or a receipt, as the gateway would."),
    "conversations": ("operating", "Who is where; what was said with one contact."),
    "retry": ("retry", "What went wrong for good; do it again after the fix."),
    "erase": ("operating", "Remove everything that is kept of a contact."),
    "export": ("operating", "Write everything that is kept of a contact, as JSON."),
    "simulator": ("serving", "Run the gateway simulator alone, with its phone."),
    "new": ("new", "Write a bot to start from, with its test."),
    "info": ("authoring", "Versions, the configuration in use, and the flows."),
}
"""Every command, in the order in which they are met: the module that holds it, and what it does in one line.

A module is imported only when its command is run.
"""


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
        module, _ = COMMANDS[cmd_name]
        held = vars(import_module(f"chatbot.cli.{module}")).values()
        return next(one for one in held if isinstance(one, click.Command) and one.name == cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that there is not is answered with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], COMMANDS, n=1)
            raise click.UsageError(f"{error.message} Did you mean {near[0]}?", ctx) if near else error from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of them, each line whole."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


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
