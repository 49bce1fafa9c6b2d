"""The OpenAPI descriptions are true: whatever is sent, no answer is missing in them and none is a 500."""

# mypy: disable-error-code="untyped-decorator"
# schemathesis types its decorators no further than this.

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from starlette.routing import Route

from chatbot import config
from chatbot.engine.tokens import Tokens
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.simulator import Options, create_app
from chatbot.simulator import app as simulator
from chatbot.simulator.faults import REQUEST_FAULTS
from chatbot.simulator.reach import PRESETS
from chatbot.simulator.rest import PREFIX
from chatbot.simulator.validation import PARAMETERS
from chatbot.web import app as web

AUTH = ("username", "password")
SECRET = "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
SEND = "/messaging/im/v1/outbound/requests"
STATUS = f"{SEND}/{{requestId}}/status"
HELLO: Any = {"from": "MyCompany", "to": "+491622943176", "message": "Hello World!"}

GATEWAY = schemathesis.openapi.from_path(
    simulator.DESCRIPTION,
    config=SchemathesisConfig.from_dict(
        {
            # Which requests are refused is told word for word in test_answers.py; OpenAPI cannot say it all.
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "generation": {"with-security-parameters": False},  # the check ignored_auth tries wrong credentials itself
        }
    ),
)
WEBHOOK = schemathesis.openapi.from_path(
    Path(web.__file__).with_name("openapi.yaml"),
    config=SchemathesisConfig.from_dict(
        # What cannot be read is set aside and accepted: to refuse it would make the gateway repeat it for two days.
        {"checks": {"negative_data_rejection": {"enabled": False}, "positive_data_acceptance": {"enabled": False}}}
    ),
)


class Echo(Flow[NoData]):
    """Says what it hears."""

    ear = State("Hello", initial=True)
    ear.on(text, says=lambda turn: turn.text)


@pytest.fixture(scope="module")
def gateway(serving: Any) -> Iterator[str]:
    with serving(create_app(Options(delivery_delay=0.0))) as url:
        yield url


@pytest.fixture(scope="module")
def webhook(serving: Any, gateway: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("webhook") / "config.toml"
    file.write_text(
        f'[gateway]\nurl = "{gateway}/messaging/im/v1"\nusername = "username"\npassword_env = "PASSWORD"\n'
        'from = "MyCompany"\nrate = 100000\n[webhook]\nsecret_env = "SECRET"\nmax_bytes = 2048\n'
        '[store]\nurl = "sqlite:///bot.db"\n'
    )
    app = web.create_app(config.load(file, {"PASSWORD": "password", "SECRET": SECRET}), Catalogue([Echo], "echo"))
    with serving(app) as url:
        yield url


def sweep(examples: int) -> Any:
    """Say how many requests are made up for each operation; they are the same in each run."""
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


# The simulator


@GATEWAY.parametrize()
@sweep(60)
def test_the_simulator_answers_as_it_is_described(case: Any, gateway: str) -> None:
    case.call_and_validate(base_url=gateway, auth=AUTH)


@pytest.mark.slow
@GATEWAY.parametrize()
@sweep(3000)
def test_the_simulator_answers_as_it_is_described_in_a_long_run(case: Any, gateway: str) -> None:
    case.call_and_validate(base_url=gateway, auth=AUTH)


@pytest.mark.parametrize("reachability", PRESETS)
def test_a_notification_is_as_it_is_described_whatever_became_of_the_message(gateway: str, reachability: str) -> None:
    with httpx.Client(base_url=gateway, trust_env=False) as control:
        control.post("/_control/phones", json={"reachability": reachability, "number": HELLO["to"]})
    body: Any = {**HELLO, "message": "x" * 100, "callbackUrl": "http://127.0.0.1:9/x"}
    sent = GATEWAY[SEND]["POST"].Case(body=body)
    request_id = sent.call_and_validate(base_url=gateway, auth=AUTH).json()["requestId"]
    asked = GATEWAY[STATUS]["GET"].Case(path_parameters={"requestId": request_id})
    assert asked.call_and_validate(base_url=gateway, auth=AUTH).status_code == 200


@pytest.mark.parametrize("fault", [one for one in REQUEST_FAULTS if not one.startswith(("reset", "truncated"))])
def test_an_answer_that_a_lever_asked_for_is_described_too(gateway: str, fault: str) -> None:
    with httpx.Client(base_url=gateway, trust_env=False) as control:
        control.post("/_control/faults", json={"coming": [fault]})
    case = GATEWAY[SEND]["POST"].Case(body=HELLO)
    response = case.call(base_url=gateway, auth=AUTH)
    documented = GATEWAY.raw_schema["paths"][SEND]["post"]["responses"]
    if fault != "garbage":  # which is what nobody can describe
        assert str(response.status_code) in documented
        case.validate_response(response, excluded_checks=[schemathesis.checks.not_a_server_error])


def test_the_description_names_every_resource_and_every_parameter() -> None:
    routes = [one.path for one in create_app().routes if isinstance(one, Route) and one.path.startswith(PREFIX)]
    named = {string.Template(path).template.replace("requestId", "request_id") for path in GATEWAY.raw_schema["paths"]}
    without_an_id = {f"{SEND}//status", f"{SEND}/status"}
    assert set(routes) - without_an_id == named
    assert set(GATEWAY.raw_schema["components"]["schemas"]["Send"]["properties"]) == set(PARAMETERS)


def test_the_simulator_gives_its_description(gateway: str) -> None:
    answer = httpx.get(f"{gateway}/openapi.yaml", trust_env=False)
    assert answer.headers["content-type"].startswith("application/yaml")
    assert answer.text == simulator.DESCRIPTION.read_text(encoding="utf-8")


# The webhook


def ask_as_the_gateway(case: Any, url: str) -> None:
    """Put the right secret and the right token into the path, and say what is sound is taken."""
    if "secret" in (case.path_parameters or {}):
        case.path_parameters["secret"] = SECRET
    if "token" in (case.path_parameters or {}):
        case.path_parameters["token"] = Tokens([SECRET]).sign(1)
    response = case.call_and_validate(base_url=url)
    is_callback = case.method == "POST" and "callbacks" in case.path
    small = len(response.request.body or b"") <= 2048
    if is_callback and small and case.meta.generation.mode is GenerationMode.POSITIVE:
        assert response.status_code == 200, response.request.body


@WEBHOOK.parametrize()
@sweep(25)
def test_the_webhook_answers_strangers_as_it_is_described(case: Any, webhook: str) -> None:
    response = case.call_and_validate(base_url=webhook)
    if "callbacks" in case.path:
        assert response.status_code in (404, 405)


@WEBHOOK.parametrize()
@sweep(50)
def test_the_webhook_answers_the_gateway_as_it_is_described(case: Any, webhook: str) -> None:
    ask_as_the_gateway(case, webhook)


@pytest.mark.slow
@WEBHOOK.parametrize()
@sweep(3000)
def test_the_webhook_answers_the_gateway_as_it_is_described_in_a_long_run(case: Any, webhook: str) -> None:
    ask_as_the_gateway(case, webhook)


def test_the_webhooks_description_names_its_paths() -> None:
    assert set(WEBHOOK.raw_schema["paths"]) == {
        "/callbacks/{secret}",
        "/callbacks/{secret}/{token}",
        "/healthz",
        "/readyz",
    }
