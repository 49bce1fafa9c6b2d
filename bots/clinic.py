"""Book a visit to a clinic, be reminded of it the day before, and change one's mind at any point."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bots.introduction import Introduction, Person
from chatbot import (
    Anywhere,
    Button,
    Date,
    Embed,
    Flow,
    Message,
    Number,
    Plural,
    State,
    Turn,
    YesNo,
    again,
    answer,
    at,
    choice,
    days,
    delivered,
    done,
    error,
    every,
    failed,
    hours,
    keep,
    minutes,
    previous,
    seconds,
    text,
    timeout,
    undelivered,
    unmatched,
)

REASONS = {"checkup": "A check-up", "teeth": "Toothache", "skin": "A rash", "eyes": "New glasses", "shot": "A shot"}
GUESTS = Plural("You and {guests} guest.", "You and {guests} guests.", of="guests")
HELP = "Write back to change your last answer, hours for our opening hours, or stop to leave."


@dataclass
class Visit:
    reason: str = ""
    day: date = date.min
    free: list[str] = field(default_factory=list)
    hour: str = ""
    patient: Person = field(default_factory=Person)
    guests: int = 0
    code: str = ""

    @property
    def fee(self) -> Decimal:
        return Decimal("35.00") if self.reason == "checkup" else Decimal("60.00")


def nothing_free(turn: Turn[Visit]) -> bool:
    return not turn.result


def is_tomorrow(turn: Turn[Visit]) -> bool:
    return turn.data.day - turn.today == timedelta(days=1)


async def free_hours(visit: Visit) -> list[str]:
    """A stand-in for the clinic's calendar, which is full on Mondays."""
    return ["08:30", "10:00", "14:15"] if visit.day.weekday() else []


async def book(visit: Visit, key: str) -> str:
    """A stand-in for the clinic's desk, which books once for one key, however often it is asked."""
    return f"{visit.day:%d%m}-{key[:4]}".upper()


class Clinic(Flow[Visit], keyword=("clinic", "Praxis"), formerly="practice"):
    """Why, when, who and with whom; booked, confirmed the day before, or left to a person at the desk."""

    reason = State("What brings you to the clinic?", choices=REASONS, page=3, initial=True)
    day = State("Which day suits you?", ask=Date(days(1), days(60), sorry="A day in the next two months, please."))
    looking = State(invoke=free_hours, within=seconds(10))
    hour = State("What time on {day:date}?", choices=lambda turn: turn.data.free, late="ignore")
    who = Embed(Introduction)
    guests = State("How many people come with you?", ask=Number(0, 3, sorry="We have room for 3 at most."))
    confirm = State("On {day:date} at {hour}, for {fee:EUR}: shall we book it?", ask=YesNo(), timeout=hours(1))
    booking = State("One moment, please.", invoke=book, retries=3)
    booked = State(Message("Booked: {code}.", button=Button("The way to us", "https://example.org/way")))
    waiting = State()
    tomorrow = State("Your visit is tomorrow at {hour}. Will you come?", ask=YesNo(), timeout=hours(6), late="accept")
    expected = State("See you tomorrow.", final=True)
    desk = State("Somebody from the desk will write to you here.", final=True)
    called = State(final=True)
    lost = State(final=True)
    gone = State("Goodbye. Write clinic whenever you need us.", final=True)
    anywhere = Anywhere()

    reason.on(choice, to=day, do=keep("reason"))
    day.on(answer, to=looking, do=keep("day"))
    looking.on(done, to=day, when=nothing_free, says="We are full on {day:date}.")
    looking.on(done, to=hour, do=keep("free"))
    looking.on(error, to=desk)
    hour.on(choice, to=who, do=keep("hour"))
    who.on(done("known"), to=guests, do=keep("patient"))
    who.on(done("stranger"), to=desk)
    guests.on(answer(0), to=confirm, do=keep("guests"), says="Just you.")
    guests.on(answer, to=confirm, do=keep("guests"), says=GUESTS)
    confirm.on(answer(True), to=booking)
    confirm.on(answer(False), to=reason)
    confirm.on(timeout, to=gone)
    booking.on(done, to=booked, do=keep("code"))
    booking.on(error, to=desk)
    booked.on(delivered("SMS"), to=waiting, says="Viber did not find you, so we write by SMS.")
    booked.on(delivered, to=waiting)
    booked.on(undelivered(minutes(5)), to=called)
    booked.on(failed("8"), to=lost)
    booked.on(failed, to=called)
    waiting.on(at("09:00"), to=tomorrow, when=is_tomorrow)
    waiting.on(at("09:00"), to=waiting)
    waiting.on(text("change"), to=day)
    waiting.on(unmatched, says="You are booked for {day:date} at {hour}. Write change or stop, if you like.")
    tomorrow.on(answer(True), to=expected)
    tomorrow.on(answer(False), to=day)
    tomorrow.on(every(hours(2), times=2), to=again)
    tomorrow.on(timeout, to=called)

    anywhere.on(text("stop"), to=gone)
    anywhere.on(text("back"), to=previous, says="One step back.")
    anywhere.on(text("help"), to=again, says=HELP)
    anywhere.on(unmatched(3), to=desk)

    landing = reason
    renamed = {"date": day}

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        return {"hour": old.pop("time", ""), **old}
