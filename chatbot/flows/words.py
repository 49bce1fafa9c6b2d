"""The languages of a bot: the texts of its flows are the message ids of gettext catalogues.

A catalogue lies beside config.toml in ``locale/<language>/LC_MESSAGES/<any name>.po``; there is no compile step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot import locale, phone
from chatbot.errors import ConfigError

SOURCE = "en"
"""The language in which the flows themselves are written, unless the configuration says another."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on a number: ``Plural("{count} parcel", "{count} parcels", of="count")``."""

    one: str
    many: str
    of: str


@dataclass(frozen=True, slots=True)
class Words:
    """One language: translates the flow's texts and writes values as the language does."""

    language: str = SOURCE
    source: str = SOURCE
    catalogue: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def gettext(self, text: str) -> str:
        """Translate ``text``; one that has no translation stays as it is."""
        return self.catalogue.get(text, (text,))[0]

    def ngettext(self, plural: Plural, count: int) -> str:
        """Choose the form of ``plural`` for ``count``, translated where it can be."""
        if (forms := self.catalogue.get(plural.one)) is not None and len(forms) > 1:
            return forms[min(locale.plural_index(count, self.language), len(forms) - 1)]
        return plural.one if locale.plural_index(count, self.source) == 0 else plural.many

    def forms(self, plural: Plural) -> tuple[str, ...]:
        """Give all forms of ``plural``, translated where they can be."""
        found = self.catalogue.get(plural.one, ())
        return found if len(found) > 1 else (plural.one, plural.many)

    def write(self, value: object, spec: str) -> str:
        """Write ``value`` into a text. Raises ValueError or TypeError when it does not fit ``spec``."""
        return locale.format_value(value, spec, self.language)


class Languages:
    """All catalogues of a bot. ``source`` is the language that its flows are written in."""

    def __init__(
        self, catalogues: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None, source: str = SOURCE
    ) -> None:
        self.source = source
        self.catalogues = dict(catalogues or {})

    def words(self, language: str) -> Words:
        """Give a language, or the source when there is no catalogue for it."""
        known = language if language in self.catalogues else self.source
        return Words(known, self.source, self.catalogues.get(known, {}))

    def translated(self) -> list[Words]:
        """Give each language but the source."""
        return [self.words(name) for name in self.catalogues if name != self.source]

    def all(self) -> list[Words]:
        """Give the source, and each other language."""
        return [self.words(self.source), *self.translated()]

    def of_contact(self, contact: str) -> str:
        """Guess a contact's language from the region of the number; the source when no catalogue fits."""
        region = phone.region_of(contact) if self.catalogues else None
        spoken = locale.languages_of(region) if region else ()
        known = (*self.catalogues, self.source)
        return next((name for name in (*(f"{one}_{region}" for one in spoken), *spoken) if name in known), self.source)


def load_languages(folder: Path, source: str = SOURCE) -> Languages:
    """Read every catalogue in ``folder``/locale. Raises ConfigError, naming the file."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted((folder / "locale").glob("*/LC_MESSAGES/*.po")):
        language = path.parent.parent.name
        if not locale.is_language(language):
            raise ConfigError(f"{path}: {language!r} is not a language; name the folder as in locale/de/LC_MESSAGES")
        found.setdefault(language, {}).update(locale.read_catalogue(path))
    return Languages(found, source)
