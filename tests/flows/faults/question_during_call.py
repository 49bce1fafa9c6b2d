from chatbot import Flow, State, choice, done, error, text


async def quote(data: object) -> str:
    return "12.50"


class AsksMeanwhile(Flow[None]):
    wait = State("Is that so?", choices=["yes", "no"], invoke=quote, initial=True)  # fault: question-during-call
    end = State("End.", final=True)
    wait.on(choice, to=end)
    wait.on(done, to=end)
    wait.on(error, to=end)


class SpeaksMeanwhile(Flow[None]):
    wait = State("One moment.", invoke=quote, initial=True)
    end = State("End.", final=True)
    wait.on(text, says="Still at it.")
    wait.on(done, to=end)
    wait.on(error, to=end)
