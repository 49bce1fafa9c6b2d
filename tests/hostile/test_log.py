"""The log is text for a terminal and for many eyes: no escape, no forged line, no secret and no whole number in it."""

from __future__ import annotations

import re
from typing import Any

from chatbot.phone import mask

Target = Any

ANNA, BERT = "+491622943176", "+491622943177"
EVIL = "\x1b[2J\x1b[31mred\r\n2026-01-01 00:00:00,000 CRITICAL forged: the log ends here\x07\x9b\u2028\u202e"
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ +[\w.]+: ")
"""How a line begins that the server has written; the lines of a traceback are indented or end one."""


async def test_what_a_contact_wrote_reaches_the_store_with_an_error_and_the_log_does_not_have_it(
    open_target: Any,
) -> None:
    target = await open_target("-vv")
    service = target.service
    await service.tell(ANNA, "hi", "I1")
    await service.tell(ANNA, "fail in confidence", "I2")
    await service.quiet()
    (error,) = service.rows("SELECT error FROM event WHERE status = 'aside'")
    assert f"ValueError: {ANNA} has written fail in confidence" in error
    said = service.said()
    assert "confidence" not in said
    places = re.compile(
        r"failed, try 1 of 3\n( {4}/\S+:\d+ in \w+\n)+ {4}/\S+/fragile.py:\d+ in echo\n {4}ValueError\n"
    )
    assert places.search(said)


async def test_a_conversation_at_full_volume_leaves_no_secret_no_number_and_no_escape_in_the_log(
    open_target: Any,
) -> None:
    target = await open_target("-vv")
    service = target.service
    service.gateway.words = f"{EVIL} {ANNA} is not a Viber user"
    service.gateway.faults_of("refused", "400")
    service.gateway.faults_of("busy", "503", "429")
    service.gateway.faults_of("lost", "reset")
    service.gateway.faults_of("odd", "garbage")
    words = ["hi", EVIL, "fail " + EVIL + ANNA, "refused", "busy", "lost", "odd", ANNA]
    for number, text in enumerate(words):
        await service.tell(ANNA, text, f"I{number}")
    await target.post(target.message("I\r\nforged"), f"X-Evil: {BERT}")
    await target.post(b'{"message": "' + EVIL.encode() + ANNA.encode() + b'"}')
    await target.post(
        target.message("I90", "hi", **{"from": BERT, "requestId": "../../" + "x" * 50, "to": "../../etc"})
    )
    await target.post(target.message("I91"), path=f"{target.path}/1-{'0' * 32}")
    await target.post(b"{}", path="/callbacks/" + "%1b%5b31m%0d%0aforged")
    await service.quiet()
    path = service.gateway.posts[0].path
    await target.post(b'{"requestId": "R1", "overallState": "DELIVERED", "to": "%s"}' % BERT.encode(), path=path)
    await target.post(
        b'{"requestId": "R1", "overallState": "\\u001b[31mDELIVERED", "to": "%s"}' % ANNA.encode(), path=path
    )
    await service.quiet()
    await service.stop()
    said = service.said()
    assert mask(ANNA) in said
    assert "set aside" in said
    for secret in (target.path.rpartition("/")[2], path.rpartition("/")[2], "p4ssword", "Authorization", "Basic "):
        assert secret not in said
    for contact in (ANNA, BERT):
        assert contact.removeprefix("+") not in said
    assert [character for character in said if character != "\n" and not character.isprintable()] == []
    assert not [line for line in said.splitlines() if "forged" in line and LINE.match(line) and "forged:" in line[:45]]
    folder = target.service.site.folder
    assert not [up for up in (folder, *folder.parents[:2]) if (up / "etc").exists() or (up / ("x" * 50)).exists()]
