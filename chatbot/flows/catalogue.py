"""All the flows of a bot: by name, by keyword, and the one that takes what no keyword claims."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from chatbot import locale, phone
from chatbot.config import Config
from chatbot.errors import ChatbotError, ConfigError, FlowError
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.flow import Flow
from chatbot.flows.source import traceback_of
from chatbot.flows.spelling import plain
from chatbot.flows.words import Languages, Words, load_languages


class Catalogue:
    """The flows that a bot runs.

    ``flows`` finds one by name; ``default`` takes a message that no keyword claims, and is the only flow when there is
    just one. ``zone`` is the time zone of contacts whose region has several.
    Raises FlowError for a name or a keyword that two flows share, ConfigError for an unknown default or zone.
    """

    def __init__(
        self,
        flows: Iterable[type[Flow[Any]]],
        default: str | None = None,
        *,
        languages: Languages | None = None,
        zone: str = "UTC",
    ) -> None:
        self.languages = languages or Languages()
        self.zone = zone
        self._former: dict[str, CompiledFlow] = {}
        self.flows: dict[str, CompiledFlow] = {}
        self._keywords: dict[str, CompiledFlow] = {}
        for flow in flows:
            if (twin := self.flows.setdefault(flow.name, flow.compiled)) is not flow.compiled:
                raise FlowError(flow.at, f"flow {flow.name} is already written at {twin.flow.at}")
            self._former.update(dict.fromkeys(flow.formerly, flow.compiled))
            for keyword in flow.keywords:
                if (twin := self._keywords.setdefault(plain(keyword), flow.compiled)) is not flow.compiled:
                    raise FlowError(flow.at, f"keyword {keyword!r} already starts {twin.name} at {twin.flow.at}")
        if not self.flows:
            raise ConfigError("there is no flow to run; name the modules that hold them in [bots] modules")
        try:
            self.default = self.find(default) if default else next(iter(self.flows.values()))
        except ConfigError as error:
            raise ConfigError(f"[bots] default: {error}") from error

    def find(self, name: str) -> CompiledFlow:
        """Give the flow called ``name``. Raises ConfigError that names the nearest."""
        if (found := self.flows.get(name)) is not None:
            return found
        near = get_close_matches(name, self.flows, n=1)
        known = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.flows)}"
        raise ConfigError(f"there is no flow called {name!r}; {known}")

    def of_stored(self, name: str) -> CompiledFlow | None:
        """Give the flow that a stored conversation belongs to, also under a former name; None if it is gone."""
        return self.flows.get(name) or self._former.get(name)

    def words_of(self, contact: str, language: str) -> Words:
        """Give the words of ``language``, or of the contact's region when that is ""."""
        return self.languages.words(language or self.languages.of_contact(contact))

    def zone_of(self, contact: str) -> tzinfo:
        """Give the contact's time zone."""
        return locale.zone_of(phone.region_of(contact), self.zone)

    def with_default(self, name: str) -> Catalogue:
        """Give the same flows with another default. Raises ConfigError when there is no such flow."""
        flows = [flow.flow for flow in self.flows.values()]
        return Catalogue(flows, self.find(name).name, languages=self.languages, zone=self.zone)

    def by_keyword(self, text: str) -> CompiledFlow | None:
        """Give the flow that ``text`` starts, or None."""
        return self._keywords.get(plain(text))


def load(
    modules: Sequence[str], default: str | None, folder: Path, language: str = "en", zone: str = "UTC"
) -> Catalogue:
    """Import ``modules`` from ``folder``, collect the flows that they define, and read the catalogues beside them.

    Raises FlowError for a flow that cannot work; ConfigError for a module that is not there, and for whatever else a
    module raises, with the author's own part of the traceback.
    """
    if not modules:
        raise ConfigError(
            '[bots] modules is empty; name the modules that hold your flows, as in: modules = ["bots.pickup"]'
        )
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    flows = [flow for name in modules for flow in _flows_of(name)]
    return Catalogue(flows, default, languages=load_languages(folder, language), zone=zone)


def refused(settings: Config) -> list[FlowError]:
    """Give what is refused in the modules of config.toml, the first of each; `of_config` raises the first of all."""
    found: dict[str, FlowError] = {}
    for name in settings.bots.modules:
        try:
            _flows_of(name)
        except FlowError as error:
            found.setdefault(str(error), error)  # a module that imports another one is refused with it
        except ConfigError:
            continue
    return list(found.values())


def _flows_of(name: str) -> list[type[Flow[Any]]]:
    try:
        module = importlib.import_module(name)
    except ChatbotError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            raise ConfigError(f"[bots] modules: there is no module {name} in the folder of config.toml") from error
        why = traceback_of(error, __file__)
        raise ConfigError(f"[bots] modules: {name} cannot be imported\n{why}") from error
    found = [value for value in vars(module).values() if _is_flow_of(value, name)]
    if not found:
        raise ConfigError(f"[bots] modules: module {name} defines no flow; write one there, or leave the module out")
    return found


def of_config(settings: Config) -> Catalogue:
    """Load the flows and languages that config.toml names. Raises as `load` does."""
    bots = settings.bots
    return load(bots.modules, bots.default or None, settings.folder, bots.language, bots.zone)


def _is_flow_of(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Flow) and value is not Flow and value.__module__ == module
