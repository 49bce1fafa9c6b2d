from chatbot import Anywhere, Flow, State, after, again, at, days, every, hours, minutes, text, timeout, undelivered


class ReminderAfterTheEnd(Flow[None]):
    ask = State("?", initial=True, timeout=hours(2))
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(every(hours(1), times=3), to=again)  # fault: overtaken-timer
    ask.on(timeout, to=end)


class TimeoutAfterTheEnd(Flow[None]):
    ask = State("?", initial=True, timeout=days(1))
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(after(hours(1)), to=end)
    ask.on(timeout, says="Never said.")  # fault: overtaken-timer


class SmsTooLate(Flow[None]):
    ask = State("?", initial=True, timeout=minutes(5))
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(timeout, to=end)
    ask.on(undelivered(minutes(5)), says="Never said.")  # fault: overtaken-timer


class GuardTooLate(Flow[None]):
    ask = State("?", initial=True, timeout=hours(3))
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(after(hours(4)), to=end, when=lambda turn: turn.now.hour > 20)  # fault: overtaken-timer
    ask.on(timeout, to=end)


class InTime(Flow[None]):
    ask = State("?", initial=True, timeout=hours(3))
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(every(hours(1), times=2), to=again)
    ask.on(after(hours(2)), to=end, when=lambda turn: turn.now.hour > 20)
    ask.on(undelivered(minutes(5)), says="Are you there?")
    ask.on(at("09:00"), says="Good morning.")
    ask.on(timeout, to=end)


class InTimeElsewhere(Flow[None]):
    ask = State("?", initial=True, timeout=hours(1))
    more = State("More?")
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=more)
    ask.on(timeout, to=end)
    more.on(text, to=end)
    anywhere.on(after(hours(5)), to=end)
    anywhere.on(every(minutes(25), times=2), to=again)
