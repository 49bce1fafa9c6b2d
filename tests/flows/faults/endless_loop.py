from typing import Any

from chatbot import (
    Flow,
    State,
    Turn,
    after,
    again,
    at,
    days,
    delivered,
    done,
    error,
    failed,
    hours,
    minutes,
    previous,
    text,
    timeout,
    undelivered,
)


def is_late(turn: Turn[Any]) -> bool:
    return turn.now.hour > 20


async def quote(data: object) -> str:
    return "12.50"


class ThanksForTheThanks(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(delivered, says="You have it.")  # fault: endless-loop
    end.on(failed, says="Did you get this?")  # fault: endless-loop


class AsksWhoIsNotReached(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(failed("8"), to=again)  # fault: endless-loop


class TwoThatFailInTurn(Flow[None]):
    one = State("One?", initial=True)
    two = State("Two?")
    end = State("End.", final=True)
    one.on(text, to=end)
    two.on(text, to=end)
    one.on(failed, to=two)  # fault: endless-loop
    two.on(failed, to=one)


class Hammers(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(done, to=end)
    wait.on(error, to=wait)  # fault: endless-loop


class Nags(Flow[None]):
    ask = State("?", initial=True, timeout=minutes(30))
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(timeout, to=ask)  # fault: endless-loop


class NagsInTurn(Flow[None]):
    ask = State("?", initial=True)
    wait = State("Still there?")
    end = State("End.", final=True)
    ask.on(text, to=end)
    wait.on(text, to=end)
    ask.on(after(hours(6)), to=wait)  # fault: endless-loop
    ask.on(after(hours(7)), says="Too late to be said.")  # fault: overtaken-timer
    wait.on(after(hours(1)), to=ask)


class TellsOnce(Flow[None]):
    ask = State("?", initial=True)
    told = State("We have it.")
    retry = State("Once more.")
    end = State("End.", final=True)
    ask.on(text, to=told)
    ask.on(failed("9"), says="?", when=is_late)
    ask.on(failed, to=retry)
    retry.on(delivered, to=ask)
    retry.on(failed, to=end)
    retry.on(text, to=end)
    told.on(delivered, to=end, says="You have it.")
    told.on(undelivered(minutes(5)), to=told)
    told.on(text, to=end)
    end.on(failed, to=previous)


class PausesBetweenCalls(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)
    pause = State()
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(done, to=end)
    wait.on(error, to=ask, when=is_late)
    wait.on(error, to=pause)
    pause.on(after(minutes(1)), to=wait)


class OnceADay(Flow[None]):
    tip = State("A tip for today. Write off to end.", initial=True, timeout=days(1))
    news = State("News. Write off to end.")
    end = State("End.", final=True)
    tip.on(text("off"), to=end)
    tip.on(text("news"), to=news)
    tip.on(timeout, to=tip)
    news.on(at("08:00"), to=news)
    news.on(text("off"), to=end)


class ComesToAnEnd(Flow[None]):
    ask = State("?", initial=True, timeout=hours(1))
    wait = State(timeout=hours(1))
    end = State("End.", final=True)
    ask.on(text, to=wait, says="Thank you.")
    ask.on(timeout, to=end, when=is_late)
    ask.on(timeout, to=ask)
    wait.on(text, to=end)
    wait.on(timeout, to=wait)
