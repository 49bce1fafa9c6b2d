"""What every command shares: the configuration, the flows, the log, and how errors become exit statuses."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chatbot import config
from chatbot.cli.log import FORMAT, Discreet
from chatbot.cli.terminal import harmless
from chatbot.config import Config
from chatbot.errors import ChatbotError, Refused, Rejected, SendError, StoreError
from chatbot.flows import catalogue
from chatbot.flows.catalogue import Catalogue

FINDINGS, USAGE, UNREACHABLE = 1, 2, 3
INTERRUPTED = 130
"""What shells give for Ctrl-C."""


@dataclass(slots=True)
class Context:
    """The options that stand before the command. ``verbosity`` is -1 for quiet, 0, 1 or 2."""

    config_file: str | None
    as_json: bool
    verbosity: int

    @property
    def path(self) -> Path:
        """The config.toml in use. Raises ConfigError when there is none."""
        return Path(self.config_file).absolute() if self.config_file else config.find(Path.cwd())

    def config(self) -> Config:
        """Read config.toml. Raises ConfigError."""
        return config.load(self.path, os.environ)

    def catalogue(self, settings: Config) -> Catalogue:
        """Import the flows of the configuration. Raises ConfigError and FlowError."""
        return catalogue.of_config(settings)

    def say(self, text: str) -> None:
        """Say ``text`` on standard error, unless asked to be quiet: standard output is for results."""
        if self.verbosity >= 0:
            click.echo(text, err=True)

    def show(self, result: Any, text: str) -> None:
        """Write a result to standard output: ``result`` as JSON if asked for, else ``text``."""
        click.echo(harmless(json.dumps(result, ensure_ascii=False, indent=2) if self.as_json else text))

    def set_up_logging(self, *, in_full: bool = False) -> None:
        """Log to standard error, as much as asked for. ``in_full`` tells also what errors say."""
        level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(self.verbosity, logging.DEBUG)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(Discreet(FORMAT, in_full=in_full))
        logging.basicConfig(level=level, handlers=[handler], force=True)
        logging.getLogger("transitions").setLevel(logging.WARNING)  # its debug lines hold what contacts wrote


class Guarded(click.Group):
    """Ends with the right status and one clear line where an error is the user's to mend: as JSON if asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        as_json = ctx.params["as_json"]
        try:
            return super().invoke(ctx)
        except ChatbotError as error:
            lasting = not isinstance(error, StoreError | SendError) or isinstance(error, Rejected | Refused)
            status, kind, text = USAGE if lasting else UNREACHABLE, type(error).__name__, str(error)
        except click.FileError as error:  # click's own status would be 1
            status, kind, text = USAGE, type(error).__name__, error.format_message()
        except click.ClickException as error:
            if not as_json:
                raise
            status, kind, text = error.exit_code, type(error).__name__, error.format_message()
        except click.Abort:
            if not as_json:
                raise
            status, kind, text = FINDINGS, "Abort", "aborted"
        except KeyboardInterrupt as error:
            status, kind, text = INTERRUPTED, type(error).__name__, "interrupted"
            click.echo(err=True)  # the terminal has shown ^C
        told = json.dumps({"error": text, "kind": kind, "status": status}, ensure_ascii=False)
        click.echo(harmless(told if as_json else f"chatbot: {text}"), err=True)
        return ctx.exit(status)
