"""The languages of a bot: the texts of its flows are the message ids of gettext catalogues.

A catalogue lies beside config.toml in ``locale/<language>/LC_MESSAGES/<any name>.po``; there is no compile step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
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
    """One language: translates the flow's texts and writes values as the language does.

    What its own ``catalogue`` lacks its ``fallback`` has: that of ``de_AT`` is ``de``, and then come the flow's texts.
    """

    language: str = SOURCE
    source: str = SOURCE
    catalogue: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    fallback: Words | None = field(default=None, repr=False)
    languages: Languages | None = field(default=None, repr=False, compare=False)

    def translates(self, text: str) -> bool:
        """Tell whether there is a translation of ``text``."""
        return text in self.catalogue or (self.fallback is not None and self.fallback.translates(text))

    def gettext(self, text: str) -> str:
        """Translate ``text``; one that has no translation stays as it is."""
        if (forms := self.catalogue.get(text)) is not None:
            return forms[0]
        return self.fallback.gettext(text) if self.fallback is not None else text

    def ngettext(self, plural: Plural, count: int) -> str:
        """Choose the form of ``plural`` for ``count``, translated where it can be."""
        if len(forms := self.catalogue.get(plural.one, ())) > 1:
            return forms[min(locale.plural_index(count, self.language), len(forms) - 1)]
        if self.fallback is not None:
            return self.fallback.ngettext(plural, count)
        return plural.one if locale.plural_index(count, self.source) == 0 else plural.many

    def forms(self, plural: Plural) -> tuple[str, ...]:
        """Give all forms of ``plural``, translated where they can be."""
        if len(found := self.catalogue.get(plural.one, ())) > 1:
            return found
        return self.fallback.forms(plural) if self.fallback is not None else (plural.one, plural.many)

    def write(self, value: object, spec: str, zone: tzinfo = UTC) -> str:
        """Write ``value`` into a text, a moment as clocks in ``zone`` show it.

        Raises ValueError or TypeError when it does not fit ``spec``.
        """
        return locale.format_value(value, spec, self.language, zone)

    def to(self, language: str) -> Words:
        """Give the words of another language of the same bot."""
        return (self.languages or Languages(source=self.source)).words(language)


class Languages:
    """All catalogues of a bot. ``source`` is the language that its flows are written in."""

    def __init__(
        self, catalogues: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None, source: str = SOURCE
    ) -> None:
        self.source = source
        self.catalogues = dict(catalogues or {})

    def words(self, language: str) -> Words:
        """Give a language, or the source when there is no catalogue for it nor for what it falls back to."""
        names = [name for name in locale.fallbacks(language) if locale.is_language(name)]
        if not any(name in self.catalogues or name == self.source for name in names):
            names = [self.source]
        fallback: Words | None = None
        for name in reversed(names[1:]):
            fallback = self._only(name, fallback)
        return self._only(names[0], fallback)

    def _only(self, name: str, fallback: Words | None) -> Words:
        return Words(name, self.source, self.catalogues.get(name, {}), fallback, self)

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
