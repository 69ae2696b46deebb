"""What the pages say: every text is in the table, every text of the table is said, in the language that was chosen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes
from markupsafe import Markup

import cli.serve
import local.web
from contracts.page_texts import page_texts
from contracts.texts.pages import TEXTS
from local.github.contents import Identity, contents_of
from local.http_server import HttpServer
from local.web import times
from local.web.app import WebApp
from local.web.ports import Words
from local.web.templating import TEMPLATES, Templates
from local.web.texts import MissingTextError, Texts
from local.web.visit import NOTICES

from .conftest import REPO, Browser, House, elements

WEB = Path(local.web.__file__).parent
ENGLISH, JAPANESE = Texts(page_texts("en")), Texts(page_texts("ja"))
ID = "abc123def456"
# What is no prose: this program, its people and data, names of the services and of their parts, addresses.
NAMES = frozenset(
    {"GitHub", "Host", "Issue", "Markdown", "UTC", "Webhook", "issueops", "training", "training_history"}
    | {"ada", "operator", "yuki", "octo", "models", "mlops", "train", "history", "main", "txt", "penguins"}
    | {"Train", "Judge", "Register", "Wait", "Training", "Condition", "RegisterModel", "Callback"}
    | {"IssueNumber", "Repository", "accuracy", "algorithm", "random_forest"}
    | {"evaluation_metric", "evaluation_threshold", "evaluation_value"}
)


def python_files() -> Iterator[ast.Module]:
    for path in [*WEB.rglob("*.py"), Path(cli.serve.__file__)]:
        yield ast.parse(path.read_text(encoding="utf-8"))


def template_keys() -> Iterator[str]:
    """Every key that a template asks for, both where a condition chooses one."""

    def literals(node: nodes.Node) -> Iterator[str]:
        if isinstance(node, nodes.Const):
            yield node.value
        elif isinstance(node, nodes.CondExpr) and node.expr2 is not None:
            yield from literals(node.expr1)
            yield from literals(node.expr2)
        else:
            raise AssertionError(f"line {node.lineno}: a key must stand in the template, or no test can find it")

    for path in TEMPLATES.glob("*.html"):
        for call in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("text", "wording"):
                yield from literals(call.args[0])


def asked_in_python() -> Iterator[str]:
    """Every literal key that a view asks for."""
    for module in python_files():
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute | ast.Name):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
                at = {"text": 0, "plain": 0, "not_found": 0, "refused": 1}.get(name)
                if at is not None and len(call.args) > at:
                    key = call.args[at]
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value


def test_every_text_that_is_asked_for_is_in_the_table() -> None:
    asked = {*template_keys(), *asked_in_python()}
    assert len(asked) > 100
    assert asked - TEXTS.keys() == set()


def test_every_text_of_the_table_is_asked_for() -> None:
    said = {node.value for module in python_files() for node in ast.walk(module) if isinstance(node, ast.Constant)}
    unused = {key.removesuffix("_one") for key in TEXTS} - said - set(template_keys())
    assert unused == set()


def test_a_missing_text_or_value_is_an_error() -> None:
    with pytest.raises(MissingTextError, match="no 'hello'; add it in every language"):
        ENGLISH("hello")
    with pytest.raises(MissingTextError):
        Templates(Words())
    with pytest.raises(KeyError):
        ENGLISH("answer_issue")


def test_values_are_escaped_unless_they_are_markup() -> None:
    texts = Texts({"a": "<{x}> & {y}"})
    assert texts("a", x="<b>", y=Markup("<i>1</i>")) == "&lt;&lt;b&gt;&gt; &amp; <i>1</i>"
    assert texts.plain("a", x="<b>", y="{x}") == "<<b>> & {x}"


def test_one_thing_and_many_are_told_apart_where_the_language_does() -> None:
    assert [ENGLISH("comments", count=n) for n in (0, 1, 2)] == ["0 comments", "1 comment", "2 comments"]
    assert [JAPANESE("comments", count=n) for n in (0, 1, 2)] == [f"コメント {n} 件" for n in (0, 1, 2)]


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (0.44, "0.4 s", "0.4 秒"),
        (12, "12 s", "12 秒"),
        (180, "3 min", "3 分"),
        (200, "3 min 20 s", "3 分 20 秒"),
        (7500, "2 h 5 min", "2 時間 5 分"),
    ],
)
def test_durations_are_said_in_both_languages(seconds: float, english: str, japanese: str) -> None:
    assert (times.duration(seconds, ENGLISH), times.duration(seconds, JAPANESE)) == (english, japanese)


def test_moments_are_said_in_both_languages() -> None:
    at = datetime(2026, 11, 9, 10, 31, tzinfo=UTC)
    assert times.shown(at, ENGLISH) == "9 Nov 2026, 10:31 UTC"
    assert times.shown(at, JAPANESE) == "2026年11月9日 10:31 UTC"


@pytest.fixture
def japanese(house: House) -> Iterator[Browser]:
    """The same house with pages in Japanese."""
    words = replace(house.ports.words, language="ja", texts=page_texts("ja"))
    server = HttpServer(WebApp(replace(house.ports, words=words)), name="pages")
    server.start(0)
    yield Browser(int(server.url.rsplit(":", 1)[1]))
    server.stop()


def furnish(house: House) -> None:
    """One of everything that a page can show."""
    number = house.github.open_issue(REPO, "ペンギン", "学習", ["mlops:train"])
    house.github.add_comment(REPO, number, "はい")
    house.github.edit_issue(REPO, house.github.open_issue(REPO, "古い", "", []), {"state": "closed"})
    contents_of(house.github.root, REPO).write(
        "history.txt", b"1", message="x", branch=None, expected=None, by=Identity("a", "a@example.com")
    )
    job = {"TrainingJob": {"Arn": "arn:aws:sagemaker:us-east-1:1:training-job/j-1"}}
    package = {"RegisterModel": {"Arn": "arn:aws:sagemaker:us-east-1:1:model-package/penguins/1"}}
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("Train", "Failed", job),
        ("Judge", "Succeeded", {"Condition": {"Outcome": "False"}}),
        ("Register", "Succeeded", package),
        ("Wait", "Executing", {"Callback": {}}),
    )
    steps: list[dict[str, Any]] = [
        {"StepName": name, "StepStatus": status, "StartTime": 5.0, "Metadata": metadata, "AttemptCount": 2,
         **({} if status == "Executing" else {"EndTime": 9.0})}
        for name, status, metadata in kinds
    ]  # fmt: skip
    steps[2]["CacheHitResult"] = {"SourcePipelineExecutionArn": "x"}
    definition = {"Steps": [{"Name": name, "Type": "Lambda"} for name, _, _ in kinds]}
    for status in ("Executing", "Succeeded", "Stopping"):
        execution = ID if status == "Executing" else f"{status.lower()}00000"
        house.engine.add(execution, status=status, issue=number, name="学習", steps=steps, definition=definition)
    (house.home / "jobs" / "j-1").mkdir(parents=True)
    (house.home / "jobs" / "j-1" / "log.txt").write_text("epoch 1\n")
    house.registry.create_model_package_group({"ModelPackageGroupName": "penguins"})
    metadata = {"evaluation_metric": "accuracy", "evaluation_value": "0.9", "evaluation_threshold": "0.8",
                "algorithm": "random_forest"}  # fmt: skip
    for status in ("Approved", "Rejected", "PendingManualApproval"):
        arn = house.registry.create_model_package(
            {"ModelPackageGroupName": "penguins", "CustomerMetadataProperties": metadata}
        )["ModelPackageArn"]
        house.registry.update_model_package({"ModelPackageArn": arn, "ModelApprovalStatus": status})


def read_by_people(html: str) -> str:
    """Texts, and the attributes that are read out or shown."""
    body = re.sub(r"<(script|style|code|pre|textarea)\b.*?</\1>|<meta[^>]*>", " ", html, flags=re.DOTALL)
    spoken = (
        value
        for tag, attributes in elements(body)
        for name, value in attributes.items()
        if name in ("title", "aria-label", "placeholder", "alt") or (tag == "body" and name.startswith("data-"))
    )
    return re.sub(r"<[^>]*>", " ", body) + " ".join(spoken)


def english_in(html: str) -> set[str]:
    text = re.sub(r"\{\w+\}|[\w-]*[0-9][\w-]*|/\w+", " ", read_by_people(html), flags=re.ASCII)
    return set(re.findall(r"[A-Za-z_]{2,}", text)) - NAMES


PAGES = ("/", "/about", "/executions", f"/executions/{ID}", f"/executions/{ID}/log/Train", "/models", f"/{REPO}",
         f"/{REPO}/issues", f"/{REPO}/issues?state=closed", f"/{REPO}/issues/new", "/nothing", "/models/train",
         f"/{REPO}/issues?label=mlops:train&state=closed", f"/{REPO}/blob/main/history.txt", "/octo/none",
         *(f"/?done={word}" for word in NOTICES))  # fmt: skip


def test_no_english_is_left_on_a_japanese_page(house: House, japanese: Browser) -> None:
    for path in ("/", "/executions", "/models", f"/{REPO}", f"/{REPO}/issues"):
        assert english_in(japanese.get(path).text) == set(), path
    furnish(house)
    for path in (*PAGES, f"/{REPO}/issues/1", f"/{REPO}/issues/2", "/models/penguins"):
        for login in ("operator", "yuki"):
            japanese.act_as(login)
            page = japanese.get(path)
            assert english_in(page.text) == set(), path
            assert '<html lang="ja">' in page.text


def test_refusals_are_japanese_too(house: House, japanese: Browser) -> None:
    furnish(house)
    refused = [
        japanese.request("GET", "/", headers={"Host": "evil.example"}),
        japanese.get("/", Sec_Fetch_Site="cross-site"),
        japanese.send("/about", {}),
        japanese.send("/account", {"login": "somebody"}),
        japanese.send(f"/{REPO}/issues/1/comments", {"body": ""}),
        japanese.send(f"/{REPO}/issues/1/comments", {"body": "x"}, token="0"),
        japanese.send(f"/{REPO}/issues/1/comments", {"change": "odd"}),
        japanese.send(f"/{REPO}/issues/1/comments", {"x": "y" * (2 << 20)}),
        japanese.send(f"/{REPO}/issues", {"title": " "}),
        japanese.send("/models/penguins/approve", {"version": ""}),
        japanese.send("/models/penguins/burn", {"version": "1"}),
    ]
    for page in refused:
        assert page.status >= 400
        assert english_in(page.text) == set()
        assert re.search(r"[\u3040-\u30ff]", page.text)
    house.decisions.refusal = "証明書"
    assert "レジストリが受け付けませんでした:証明書" in japanese.send("/models/penguins/approve", {"version": "3"}).text


def test_the_graph_says_states_and_branches_in_the_pages_language(house: House, japanese: Browser) -> None:
    furnish(house)
    english_words = ("Failed", "Waiting for an answer", "from the cache", "Flowchart with 4 nodes")
    japanese_words = ("失敗", "回答待ち", "キャッシュを使用", "フローチャート(ノード 4 個)")
    for browser, words in ((house.browser, english_words), (japanese, japanese_words)):
        graph = browser.get(f"/executions/{ID}").text.partition('<svg class="flowchart')[2].partition("</svg>")[0]
        for word in (*words[:3], ">Train<", "node is-Failed", "node is-Waiting"):
            assert word in graph, word
        assert f'aria-label="{words[3]}"' in graph


def test_the_script_finds_its_words_on_the_page(house: House, japanese: Browser) -> None:
    script = (WEB / "static" / "live.js").read_text(encoding="utf-8")
    used = set(re.findall(r"\btexts\.(\w+)", script))
    body = next(attributes for tag, attributes in elements(japanese.get("/").text) if tag == "body")
    assert used == {re.sub(r"-(\w)", lambda found: found[1].upper(), name[5:]) for name in body}
    assert body["data-minutes"] == "{minutes} 分 {seconds} 秒"


def test_pages_are_english_where_nothing_else_is_asked_for(house: House) -> None:
    assert '<html lang="en">' in house.browser.get("/").text
