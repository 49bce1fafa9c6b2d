"""What a contact wrote may hold escape sequences that move the cursor or recolour the screen; shown, it may not."""

from __future__ import annotations

import json
import unicodedata

_ACTIVE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_SHOWN = {"\n", "\u200d"}  # the second joins emoji


def harmless(text: str) -> str:
    """Escape what a terminal would act on, as JSON does (``\\u001b``), and leave what it shows; line ends stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(json.dumps(one)[1:-1] if _acts(one) else one for one in text)


def _acts(character: str) -> bool:
    return character not in _SHOWN and unicodedata.category(character) in _ACTIVE
