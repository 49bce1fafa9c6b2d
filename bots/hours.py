"""The opening hours, told in the middle of whatever else is being talked about."""

from chatbot import Flow, State


class Hours(Flow[None], keyword=("hours", "Öffnungszeiten"), interrupts=True):
    """One answer; then the conversation that it interrupted goes on."""

    told = State("We are open from 8 to 18, Monday to Friday.", initial=True, final=True)
