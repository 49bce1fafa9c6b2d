from chatbot import Flow, State, Turn, again, choice, failed, text, unmatched


def greet(turn: Turn[None]) -> None:
    turn.reply("Hello.")


class BeginsInSilence(Flow[None]):
    ask = State(initial=True)  # fault: mute-state
    end = State("End.", final=True)
    ask.on(text, to=end)


class LandsInSilence(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    landing = State()  # fault: mute-state
    ask.on(text, to=end)
    landing.on(text, to=ask)


class EndsInSilence(Flow[None]):
    ask = State("?", choices=["stay", "go"], initial=True)
    gone = State(final=True)
    ask.on(choice("stay"), to=again)
    ask.on(choice("go"), to=gone)  # fault: mute-state
    ask.on(unmatched(3), to=gone)  # fault: mute-state


class AlwaysSpeaks(Flow[None]):
    ask = State("?", initial=True)
    gone = State(final=True)
    ask.on(text("bye"), to=gone, says="Bye.")
    ask.on(text("hello"), to=gone, do=greet)
    ask.on(text, to=again)
    ask.on(failed, to=gone)
