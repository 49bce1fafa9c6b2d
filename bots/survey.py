"""A short customer survey: a mark, a few words about it, thanks."""

from dataclasses import dataclass

from chatbot import Anywhere, Flow, FreeText, State, Turn, answer, choice, hours, text, timeout

MARKS = {1: "very bad", 2: "bad", 3: "fair", 4: "good", 5: "very good"}


@dataclass
class Answers:
    mark: int = 0
    comment: str = ""


def is_unhappy(turn: Turn[Answers]) -> bool:
    return turn.choice in (1, 2)


def keep_mark(turn: Turn[Answers]) -> None:
    turn.data.mark = turn.choice


def keep_comment(turn: Turn[Answers]) -> None:
    turn.data.comment = turn.answer


class Survey(Flow[Answers], keyword="survey"):
    """One mark, and one question that depends on it."""

    mark = State("How was your last pickup?", choices=MARKS, initial=True, timeout=hours(24))
    complaint = State("We are sorry. What went wrong?", ask=FreeText(), timeout=hours(24))
    comment = State("Anything you would like to add? Write skip if not.", ask=FreeText(), timeout=hours(24))
    thanks = State("Thank you for your {mark} of 5.", final=True)
    follow_up = State("Thank you. A colleague will write to you today.", final=True)
    stopped = State("The survey has ended. Write survey to start again.", final=True)
    anywhere = Anywhere()

    mark.on(choice, to=complaint, when=is_unhappy, do=keep_mark)
    mark.on(choice, to=comment, do=keep_mark)
    complaint.on(answer, to=follow_up, do=keep_comment)
    comment.on(text("skip"), to=thanks)
    comment.on(answer, to=thanks, do=keep_comment)
    comment.on(timeout, to=thanks)

    anywhere.on(timeout, to=stopped)
    anywhere.on(text("stop"), to=stopped)
