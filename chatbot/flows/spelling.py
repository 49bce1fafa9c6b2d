"""How words are compared: one form for everything that a contact writes, and what counts as a slip of the fingers."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 1000
"""Characters that a word to compare with may have, as many as a message: a longer text is none."""
_ENDS = ".!)。।"
_ALIKE = str.maketrans("ı‘’–—−", "i''---")
# What is no letter of its own: the dot of a Turkish capital i, a keycap, variants and skins of emoji.
_MARKS = re.compile("[\u0307\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_BETWEEN = re.compile(r"(?<=\w)(?:[.,:]?\s|\s-\s|[-.,:/])(?=\w)")


def plain(text: str) -> str:
    """Bring ``text`` to the form in which answers, words of rows and keywords are compared.

    That is Unicode's NFKC without case, so that composed, full-width and small letters are the same; single spaces; the
    digits 0 to 9 for those of any script; nothing that is not seen; and no full stop, ``!`` or ``)`` at the end.
    """
    words = " ".join(text.split())
    if len(words) > _LONGEST:
        return words
    folded = unicodedata.normalize("NFKC", words).casefold().translate(_ALIKE)
    seen = (one for one in _MARKS.sub("", folded) if unicodedata.category(one) != "Cf")
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in seen)
    words = " ".join(unicodedata.normalize("NFKC", digits).split())
    return words.rstrip(_ENDS + " ") or words


def unaccented(text: str) -> str:
    """Leave out the accents of Latin, Greek and Cyrillic letters."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def is_near(said: str, meant: str) -> bool:
    """Tell whether ``said`` is ``meant`` but for accents, what stands between the words, and one slip in a long word.

    A slip is a letter too many, a letter too few, or two letters that changed places, all after the first letter of the
    word. Another letter may make another word (tirsdag, torsdag), and so do other digits. Both texts are `plain`.
    """
    if len(said) > 2 * len(meant) + 2:  # a hostile text costs no time
        return False
    wrote, wanted = _words(said), _words(meant)
    if len(wrote) != len(wanted):
        return "".join(wrote) == "".join(wanted) and not re.search("[0-9]", said)
    return all(map(_is_slip, wrote, wanted))


def _words(text: str) -> list[str]:
    first, *more = _BETWEEN.split(unaccented(text))
    return [str(int(first)) if first.isdecimal() else first, *more] if more else [first]  # 8:30 is 08:30


def _is_slip(wrote: str, meant: str) -> bool:
    if wrote == meant:
        return True
    if len(wrote) + len(meant) < 9 or not (wrote + meant).isalpha() or wrote[:1] != meant[:1]:
        return False
    short, long = sorted((wrote, meant), key=len)
    if len(long) == len(short):
        swapped = (long[:at] + long[at + 1] + long[at] + long[at + 2 :] for at in range(1, len(long) - 1))
        return short in swapped
    return any(long[:at] + long[at + 1 :] == short for at in range(1, len(long)))
