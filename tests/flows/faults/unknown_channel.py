from chatbot import Flow, State, delivered, text


class SmallLetters(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(delivered("sms"), says="By SMS.")  # fault: unknown-channel
    ask.on(delivered("PIGEON", "VIBER"), says="By air.")  # fault: unknown-channel


class AllChannels(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(delivered("SMS"), says="By SMS.")
    ask.on(delivered("VIBER", "FACEBOOK"), says="Arrived.")
