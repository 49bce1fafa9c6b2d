from chatbot import Anywhere, Flow, State, again, minutes, text, timeout


class NothingToAsk(Flow[None]):
    ask = State("?", initial=True)
    wait = State(timeout=minutes(5))
    end = State("End.", final=True)
    ask.on(text, to=wait, says="One moment.")
    wait.on(text, to=again, says="One moment more.")  # fault: empty-again
    wait.on(timeout, to=end)


class HelpAndAgain(Flow[None]):
    ask = State("?", initial=True)
    wait = State(timeout=minutes(5))
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=wait, says="One moment.")
    wait.on(timeout, to=end)
    anywhere.on(text("help"), to=again, says="Answer the question.")
