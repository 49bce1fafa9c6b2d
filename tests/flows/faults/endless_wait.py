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
    minutes,
    seen,
    text,
    timeout,
    undelivered,
)


def is_late(turn: Turn[Any]) -> bool:
    return turn.now.hour > 20


def is_early(turn: Turn[Any]) -> bool:
    return turn.now.hour <= 20


async def quote(data: object) -> str:
    return "12.50"


class WaitsForSeen(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Thank you for reading.", final=True)
    offer.on(seen, to=end)


class WaitsForReceipts(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Thank you.", final=True)
    lost = State(final=True)
    offer.on(delivered, to=end)
    offer.on(failed, to=lost)


class OnlySometimesTimesOut(Flow[None]):
    offer = State("An offer for you.", initial=True, timeout=days(1))  # fault: endless-wait
    end = State("Too late.", final=True)
    offer.on(timeout, to=end, when=is_late)


class TimesOutOneWayOrTheOther(Flow[None]):
    offer = State("An offer for you.", initial=True, timeout=days(1))  # fault: endless-wait
    end = State("Too late.", final=True)
    offer.on(timeout, to=end, when=is_late)
    offer.on(timeout, to=end, when=is_early)


class StaysFirst(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Too late.", final=True)
    offer.on(after(days(1)), says="Still there?", when=is_late)
    offer.on(after(days(1)), to=end)


class OnlyOnThatMorning(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Too late.", final=True)
    offer.on(at("09:00"), to=end, when=is_late)


class DeliveredByOneWay(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Thank you.", final=True)
    offer.on(delivered("SMS"), to=end)
    offer.on(undelivered(minutes(5)), to=end)


class DeliveredSometimes(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Thank you.", final=True)
    offer.on(delivered, to=end, when=is_late)
    offer.on(undelivered(minutes(5)), to=end)


class StaysWhenItIsNotDelivered(Flow[None]):
    offer = State("An offer for you.", initial=True)  # fault: endless-wait
    end = State("Thank you.", final=True)
    offer.on(delivered, to=end)
    offer.on(undelivered(minutes(5)), to=again)


class StaysAfterTheCall(Flow[None]):
    wait = State("One moment.", invoke=quote, initial=True)  # fault: endless-wait
    end = State("End.", final=True)
    wait.on(done, says="Done.")
    wait.on(error, to=end)


class NagsUntilItIsSeen(Flow[None]):
    offer = State("An offer for you.", initial=True, timeout=days(1))  # fault: endless-wait
    end = State("Thank you for reading.", final=True)
    offer.on(seen, to=end)
    offer.on(timeout, to=offer)


class SendsUntilItIsDelivered(Flow[None]):
    offer = State("An offer for you.", initial=True)
    end = State("Thank you.", final=True)
    offer.on(delivered("VIBER"), to=end)
    offer.on(delivered, to=end, says="By SMS, then.")
    offer.on(undelivered(minutes(5)), to=offer)


class TriesEachMorning(Flow[None]):
    offer = State("An offer for you.", initial=True)
    end = State("Thank you.", final=True)
    offer.on(at("09:00"), to=end, when=is_late)
    offer.on(at("09:00"), to=offer)


class AsksAgainLater(Flow[None]):
    wait = State(invoke=quote)
    start = State("?", initial=True)
    end = State("End.", final=True)
    start.on(text, to=wait)
    wait.on(done, to=end, when=is_late)
    wait.on(after(minutes(1)), to=wait)
    wait.on(error, to=end)


class CanBeLeftByHand(Flow[None]):
    offer = State("An offer for you. Write ok.", initial=True, timeout=days(1))
    end = State("Too late.", final=True)
    offer.on(timeout, to=end, when=is_late)
    offer.on(text("ok"), to=end, when=is_early)


class WaitsForAWhile(Flow[None]):
    offer = State("An offer for you.", initial=True, timeout=days(1))
    end = State("Thank you for reading.", final=True)
    offer.on(seen, to=end)
    offer.on(timeout, to=end)


class IsToldEitherWay(Flow[None]):
    offer = State("An offer for you.", initial=True)
    end = State("Thank you.", final=True)
    lost = State(final=True)
    offer.on(delivered, to=end)
    offer.on(undelivered(minutes(5)), to=lost)
