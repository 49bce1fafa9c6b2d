"""The `chatbot` command. Each module here holds a few of its commands.

Exit status: 0 fine, 1 findings, 2 usage or configuration, 3 gateway or store unreachable.
"""

from __future__ import annotations

import click

from chatbot.cli import authoring, chat, dev, new, operating, sending, serving
from chatbot.cli.context import Context, Guarded


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config", "config_file", type=click.Path(dir_okay=False), help="config.toml to use; else the nearest one above."
)
@click.option("--json", "as_json", is_flag=True, help="Write results as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say errors only.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for everything.")
@click.version_option(package_name="chatbot")
@click.pass_context
def main(ctx: click.Context, config_file: str | None, as_json: bool, quiet: bool, verbose: int) -> None:
    """Chatbots on Viber, with SMS and Facebook as fallback, through tyntec's Mobile Chat gateway."""
    ctx.obj = Context(config_file, as_json, -1 if quiet else verbose)
    ctx.obj.set_up_logging()


for command in (
    dev.dev,
    serving.run,
    authoring.check,
    authoring.draw,
    chat.chat,
    sending.send,
    sending.status,
    sending.trigger,
    operating.conversations_,
    operating.retry,
    operating.erase,
    operating.export,
    serving.simulator,
    new.new,
    authoring.info,
):
    main.add_command(command)
