"""Finds what would go wrong before a contact does: each rule is a module here with a function ``find``.

What cannot work at all is refused at import (`chatbot.flows.refuse`); a finding is what would work and disappoint.
"""

from __future__ import annotations

from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check import (
    broken_translation,
    call_after_end,
    confusing_label,
    dead_end,
    deaf_answer,
    deaf_invoke,
    deaf_timeout,
    empty_again,
    endless_loop,
    endless_wait,
    equal_choices,
    idle_former,
    idle_keyword,
    idle_renamed,
    idle_row,
    idle_setting,
    impossible_answer,
    impossible_question,
    lost_way_back,
    missing_translation,
    mute_state,
    no_end,
    overtaken_timer,
    plural_forms,
    private_address,
    question_during_call,
    refused_translation,
    row_after_end,
    shadowed_row,
    silent_receipt,
    silent_timeout,
    split_choice,
    stolen_word,
    timer_after_end,
    unasked_question,
    unhandled_answer,
    unhandled_choice,
    unheard_end,
    unheard_question,
    unknown_channel,
    unknown_choice,
    unknown_end,
    unknown_reason,
    unreachable_state,
    unstartable_flow,
    unwritable_field,
    wrong_keep,
)
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.unstartable_flow import is_embedded, is_started
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.source import Location
from chatbot.flows.words import Languages

RULES = (
    unreachable_state,
    dead_end,
    endless_wait,
    endless_loop,
    no_end,
    lost_way_back,
    shadowed_row,
    idle_row,
    mute_state,
    empty_again,
    unheard_question,
    unasked_question,
    unhandled_choice,
    unknown_choice,
    confusing_label,
    split_choice,
    unhandled_answer,
    impossible_answer,
    impossible_question,
    deaf_answer,
    deaf_invoke,
    question_during_call,
    deaf_timeout,
    silent_timeout,
    overtaken_timer,
    silent_receipt,
    unknown_channel,
    unknown_reason,
    private_address,
    unknown_end,
    unheard_end,
    row_after_end,
    timer_after_end,
    call_after_end,
    unwritable_field,
    wrong_keep,
    idle_setting,
    idle_renamed,
)
"""What one flow tells by itself."""
LANGUAGE_RULES = (equal_choices, missing_translation, plural_forms, broken_translation, refused_translation)
"""What a flow tells together with the catalogues."""
BOT_RULES = (unstartable_flow, stolen_word, idle_keyword, idle_former)
"""What only all flows of a bot tell together."""


def check(flow: CompiledFlow, languages: Languages | None = None) -> list[Finding]:
    """Give all findings of ``flow`` by itself, in the order in which it is written."""
    found = [finding for rule in RULES for finding in rule.find(flow)]
    found += [finding for rule in LANGUAGE_RULES for finding in rule.find(flow, languages or Languages())]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.at)


def check_bot(bot: Catalogue) -> list[Finding]:
    """Give all findings of a bot, file by file in the order of its flows, each in the order in which it is written.

    A flow that is only embedded is read where it is embedded; what is wrong there is told of once.
    """
    found = [finding for rule in BOT_RULES for finding in rule.find(bot)]
    told: set[tuple[Location, str]] = set()
    for flow in bot.flows.values():
        if not is_started(flow, bot) and is_embedded(flow, bot):
            continue
        fresh = [finding for finding in check(flow, bot.languages) if (finding.at, finding.rule) not in told]
        told |= {(finding.at, finding.rule) for finding in fresh}
        found += fresh
    files = list(dict.fromkeys([*(flow.flow.at.file for flow in bot.flows.values()), *(one.at.file for one in found)]))
    return sorted(dict.fromkeys(found), key=lambda finding: (files.index(finding.at.file), finding.at))
