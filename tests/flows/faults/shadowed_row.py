from chatbot import (
    Anywhere,
    Flow,
    State,
    Turn,
    YesNo,
    after,
    again,
    answer,
    choice,
    failed,
    hours,
    minutes,
    text,
    unmatched,
)


def is_late(turn: Turn[None]) -> bool:
    return turn.now.hour > 20


class Twice(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(text, says="Never said.")  # fault: shadowed-row


class SameWord(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text("stop", "Cancel"), to=end)
    ask.on(text(" cancel"), says="Never said.")  # fault: shadowed-row


class SameGuard(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end, when=is_late)
    ask.on(text, says="Never said.", when=is_late)  # fault: shadowed-row
    ask.on(text, says="Not before nine.")


class ValuesTogether(Flow[None]):
    ask = State("?", choices=["a", "b", "c"], initial=True)
    end = State("End.", final=True)
    ask.on(choice("a", "b"), to=end)
    ask.on(choice("c"), to=end)
    ask.on(choice("c", "a"), says="Never said.")  # fault: shadowed-row
    ask.on(choice, says="Never said.")  # fault: shadowed-row


class WordOfAChoice(Flow[None]):
    ask = State("?", choices={"y": "Yes", "n": "No"}, initial=True)
    end = State("End.", final=True)
    ask.on(choice, says="Thank you.")
    ask.on(choice("y"), to=end)
    ask.on(text("yes", "1"), says="Never said.")  # fault: shadowed-row


class ChoiceOfAWord(Flow[None]):
    ask = State("?", choices=["pay", "stop", "wait"], initial=True)
    end = State("End.", final=True)
    ask.on(text("Stop"), to=end)
    ask.on(choice("stop"), says="Never said.")  # fault: shadowed-row
    ask.on(choice("wait"), says="Waiting.")
    ask.on(choice("pay"), to=end)
    ask.on(choice, says="Never said.")  # fault: shadowed-row


class BothAnswers(Flow[None]):
    ask = State("?", ask=YesNo(), initial=True)
    end = State("End.", final=True)
    ask.on(answer(True), to=end)
    ask.on(answer(False), to=end)
    ask.on(answer, says="Never said.")  # fault: shadowed-row


class NeverUnmatched(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(unmatched, to=again)  # fault: shadowed-row
    ask.on(text, to=end)


class FiveTimesAfterThree(Flow[None]):
    ask = State("?", choices=["a"], initial=True)
    end = State("End.", final=True)
    ask.on(choice, to=end)
    ask.on(unmatched(3), to=end)
    ask.on(unmatched(5), says="Never said.")  # fault: shadowed-row


class SameMoment(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(after(minutes(60)), to=end)
    ask.on(after(hours(1)), says="Never said.")  # fault: shadowed-row


class SameReason(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(failed("8"), to=end)
    ask.on(failed("8"), says="Never said.")  # fault: shadowed-row
    ask.on(failed, to=end)


class HiddenAnywhere(Flow[None]):
    ask = State("?", initial=True)
    more = State("More?")
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=more)
    more.on(text, to=end)
    anywhere.on(text, says="Never said.")  # fault: shadowed-row


class GuardDoesNotHelp(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text("end"), to=end)
    ask.on(text("end"), says="Never said.", when=is_late)  # fault: shadowed-row


class AllFire(Flow[None]):
    ask = State("?", choices=["a", "b", "end"], initial=True)
    more = State("More?", ask=YesNo())
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text("c"), says="There is no c.")
    ask.on(choice("a"), to=more)
    ask.on(choice, to=again)
    ask.on(unmatched(5), to=end)
    ask.on(unmatched(3), says="Is it so hard?")
    ask.on(unmatched, to=again)
    more.on(answer(True), to=end, when=is_late)
    more.on(answer(True), says="Too early.")
    more.on(answer, says="All right.")
    anywhere.on(text("end"), to=end)
