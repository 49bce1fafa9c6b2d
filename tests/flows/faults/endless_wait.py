from chatbot import Flow, State, days, delivered, failed, minutes, seen, timeout, undelivered


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
