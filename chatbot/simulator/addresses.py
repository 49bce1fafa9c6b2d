"""Where receipts and inbound messages are posted: each account has URLs of its own (manual, *callbackUrl*, 1)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from chatbot.errors import ConfigError


def is_url(url: str) -> bool:
    """Tell whether ``url`` is ``http(s)://host(:port)`` with anything printable behind it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False


def checked(name: str, url: str) -> str:
    """Give ``url``, or "" for none. Raises ConfigError, naming ``name`` and what to write."""
    if url and not is_url(url):
        raise ConfigError(f"{name}: {url!r} is no URL; write http://host or https://host, with a path if need be")
    return url


class Urls:
    """The accounts' URLs for one purpose: "" is none."""

    def __init__(self) -> None:
        self._all = ""
        self._own: dict[str, str] = {}

    @classmethod
    def read(cls, name: str, written: str, accounts: Sequence[str]) -> Urls:
        """Read the option ``name``: a URL for all accounts, ``account=URL`` for one of them, or several with commas.

        Raises ConfigError, saying what to write.
        """
        urls, seen = cls(), set[str]()
        for item in filter(None, (item.strip() for item in written.split(","))):
            account, equals, url = item.partition("=")
            if not equals or "://" in account:
                account, url = "", item
            if account in seen:
                raise ConfigError(f"{name}: two URLs for {account or 'all accounts'}; write a comma in a URL as %2C")
            seen.add(account)
            urls._put(checked(name, url), known(account, accounts, name))
        return urls

    def of(self, account: str) -> str:
        """Give the URL of ``account``: its own, else that of all."""
        return self._own.get(account, self._all)

    def set(self, url: str, account: str = "") -> None:
        """Change the URL of one account, or of all."""
        if not account:
            self._own.clear()
        self._put(url, account)

    def _put(self, url: str, account: str) -> None:
        if account:
            self._own[account] = url
        else:
            self._all = url


def known(account: str, accounts: Sequence[str], name: str = "") -> str:
    """Give ``account``, or "" for all. Raises ConfigError when there is none of that name, and says what there is."""
    if account and account not in accounts:
        where = f"{name}: " if name else ""
        raise ConfigError(f"{where}there is no account {account!r}, but {', '.join(accounts)}")
    return account
