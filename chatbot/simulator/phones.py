"""The phones on the other side: how each is reached, and what it shows."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from chatbot.simulator.options import Options
from chatbot.simulator.reach import Reachability, preset

BOT = "bot"
USER = "user"


@dataclass(slots=True)
class Bubble:
    """One message as the phone shows it.

    ``side`` is bot or user; ``sender`` the name that the bot gave itself. ``channel`` is VIBER, FACEBOOK or SMS.
    ``state`` is the receipt's word on the bot's side; on the user's: sending, accepted, waiting, dropped. ``note``
    says why in words. ``at`` is milliseconds since 1970.
    """

    id: int
    side: str
    at: int
    request_id: str
    account: str
    sender: str = ""
    text: str = ""
    image: str = ""
    button_caption: str = ""
    button_url: str = ""
    channel: str = ""
    sms_parts: int = 0
    state: str = ""
    note: str = ""


@dataclass(slots=True)
class Phone:
    """One phone. ``wrote`` and ``met`` name the accounts that it wrote to and heard from."""

    number: str
    reach: Reachability
    thread: deque[Bubble]
    wrote: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)

    @property
    def last_shown(self) -> Bubble | None:
        """The last message from a bot, which a typed reply answers unless said."""
        return next((bubble for bubble in reversed(self.thread) if bubble.side == BOT), None)


class Phones:
    """All phones, made when first heard of; the least recently used go when there are too many.

    ``on_change(number, bubble)`` is called for every new or changed bubble.
    """

    def __init__(self, options: Options, on_change: Callable[[str, Bubble], None]) -> None:
        self._options = options
        self._phones: OrderedDict[str, Phone] = OrderedDict()
        self._ids = count(1)
        self._on_change = on_change
        self.reach = preset(options.reachability)

    def __iter__(self) -> Iterator[Phone]:
        return iter(self._phones.values())

    def __len__(self) -> int:
        return len(self._phones)

    def get(self, number: str) -> Phone:
        """Give the phone ``number`` (``+E.164``), a new one if need be."""
        phone = self._phones.get(number)
        if phone is None:
            phone = Phone(number, self.reach, deque(maxlen=self._options.kept_messages))
            self._phones[number] = phone
            if len(self._phones) > self._options.kept_phones:
                self._phones.popitem(last=False)
        else:
            self._phones.move_to_end(number)
        return phone

    def look(self, number: str) -> Phone | None:
        """Give the phone ``number`` if it is known."""
        return self._phones.get(number)

    def new_id(self) -> int:
        """Give the next bubble's id."""
        return next(self._ids)

    def show(self, number: str, bubble: Bubble) -> None:
        """Put ``bubble`` at the end of the phone's thread."""
        self.get(number).thread.append(bubble)
        self._on_change(number, bubble)

    def recall(self, number: str, bubbles: Iterable[Bubble]) -> None:
        """Put ``bubbles`` into the phone's thread, numbered anew: what it showed before this simulator was started."""
        phone = self.get(number)
        for bubble in bubbles:
            (phone.wrote if bubble.side == USER else phone.met).add(bubble.account)
            self.show(number, replace(bubble, id=self.new_id()))

    def update(self, number: str, request_id: str, *, state: str, note: str = "") -> None:
        """Change the state of the bubble that carries ``request_id``, if the phone still shows it."""
        phone = self._phones.get(number)
        bubble = next((one for one in reversed(phone.thread) if one.request_id == request_id), None) if phone else None
        if bubble is not None and (bubble.state, bubble.note) != (state, note):
            bubble.state, bubble.note = state, note
            self._on_change(number, bubble)
