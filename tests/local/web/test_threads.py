"""Issues and threads: reading, answering, changing, and who may."""

from __future__ import annotations

import re

from local.github import BOT

from .conftest import REPO, House, assert_harmless

THREAD = f"/{REPO}/issues/1"


def test_a_comment_reaches_the_store_under_the_acting_account(house: House) -> None:
    house.github.open_issue(REPO, "one", "x")
    house.browser.act_as("ada")
    page = house.browser.send(f"{THREAD}/comments", {"body": "first\r\n/retrain max_depth=3"})
    [comment] = house.github.comments(REPO, 1)
    assert (comment.author.login, comment.body) == ("ada", "first\n/retrain max_depth=3")
    assert page.status == 303
    assert page.headers["Location"] == f"{THREAD}?done=commented#issuecomment-{comment.id}"
    shown = house.browser.get(f"{THREAD}?done=commented").text
    assert "Your comment was added." in shown
    assert f'id="issuecomment-{comment.id}"' in shown


def test_the_thread_shows_people_reactions_and_markdown(house: House) -> None:
    house.github.open_issue(REPO, "one", "**bold**", ["mlops:train"], "ada")
    comment = house.github.add_comment(REPO, 1, "- [x] done", BOT.login)
    house.github.react(REPO, "comment", comment, content="eyes", author="ada")
    house.engine.add("ran000000000", status="Succeeded", issue=1, name="the run")
    text = house.browser.get(THREAD).text
    for piece in ("<strong>bold</strong>", "👀 1", "the run", "mlops:train", ">bot<", ">author<"):
        assert piece in text, piece


def test_the_live_part_changes_only_when_the_thread_does(house: House) -> None:
    house.github.open_issue(REPO, "one", "x")
    first = house.browser.get(f"{THREAD}/live")
    assert house.browser.get(f"{THREAD}/live", If_None_Match=first.headers["ETag"]).status == 304
    house.github.add_comment(REPO, 1, "news")
    second = house.browser.get(f"{THREAD}/live", If_None_Match=first.headers["ETag"])
    assert second.status == 200
    assert "news" in second.text


def test_a_preview_is_shown_and_not_kept(house: House) -> None:
    house.github.open_issue(REPO, "one", "x")
    page = house.browser.send(f"{THREAD}/comments", {"body": "**look** <script>", "preview": "yes"})
    assert "<strong>look</strong>" in page.text
    assert "**look** &lt;script&gt;</textarea>" in page.text
    assert_harmless(page.text)
    assert house.github.comments(REPO, 1) == []


def test_an_empty_comment_is_refused_with_a_word(house: House) -> None:
    house.github.open_issue(REPO, "one", "x")
    page = house.browser.send(f"{THREAD}/comments", {"body": "  "})
    assert page.status == 422
    assert "Write something before you send it." in page.text


def test_an_issue_is_closed_with_a_comment_and_reopened(house: House) -> None:
    house.github.open_issue(REPO, "one", "x")
    house.browser.send(f"{THREAD}/comments", {"body": "done", "change": "closed"})
    assert house.github.issue(REPO, 1).state == "closed"
    assert [comment.body for comment in house.github.comments(REPO, 1)] == ["done"]
    assert "Reopen issue" in house.browser.get(THREAD).text
    house.browser.send(f"{THREAD}/comments", {"body": "", "change": "open"})
    assert house.github.issue(REPO, 1).state == "open"


def test_a_reader_may_comment_but_change_only_what_is_theirs(house: House) -> None:
    house.github.open_issue(REPO, "of the operator", "x")
    house.github.open_issue(REPO, "of yuki", "x", author="yuki")
    house.browser.act_as("yuki")
    assert house.browser.send(f"{THREAD}/comments", {"body": "hello"}).status == 303
    assert house.browser.send(f"{THREAD}/comments", {"body": "", "change": "closed"}).status == 403
    assert house.browser.send(f"{THREAD}/edit", {"title": "mine", "body": "y"}).status == 403
    assert house.browser.send(f"{THREAD}/labels", {"label": []}).status == 403
    assert house.browser.send(f"/{REPO}/issues/2/edit", {"title": "still mine", "body": "y"}).status == 303
    assert [house.github.issue(REPO, number).title for number in (1, 2)] == ["of the operator", "still mine"]


def test_title_text_and_labels_are_saved(house: House) -> None:
    house.github.open_issue(REPO, "one", "x", ["keep", "drop"])
    house.browser.send(f"{THREAD}/edit", {"title": " two  words ", "body": "a\r\nb"})
    house.browser.send(f"{THREAD}/labels", {"label": ["keep", "unheard of"]})
    issue = house.github.issue(REPO, 1)
    assert (issue.title, issue.body, [label.name for label in issue.labels]) == ("two words", "a\nb", ["keep"])
    assert house.browser.send(f"{THREAD}/edit", {"title": " ", "body": ""}).status == 422


def test_a_new_issue_begins_with_the_template_and_gets_the_label(house: House) -> None:
    form = house.browser.get(f"/{REPO}/issues/new")
    assert "algorithm: random_forest" in form.text
    house.browser.act_as("ada")
    page = house.browser.send(f"/{REPO}/issues", {"title": "Train", "body": "text", "train": "yes"})
    assert page.headers["Location"] == f"{THREAD}?done=opened"
    issue = house.github.issue(REPO, 1)
    assert (issue.title, issue.author.login, [label.name for label in issue.labels]) == (
        "Train",
        "ada",
        ["mlops:train"],
    )
    house.browser.send(f"/{REPO}/issues", {"title": "Talk", "body": "text"})
    assert house.github.issue(REPO, 2).labels == ()


def test_an_issue_without_title_keeps_what_was_written(house: House) -> None:
    page = house.browser.send(f"/{REPO}/issues", {"title": " ", "body": "precious"})
    assert page.status == 422
    assert "precious</textarea>" in page.text
    assert house.github.issues(REPO) == []


def test_the_list_filters_by_state_and_label(house: House) -> None:
    house.github.open_issue(REPO, "first", "x", ["mlops:train"])
    house.github.open_issue(REPO, "second", "x")
    house.github.open_issue(REPO, "third", "x")
    house.github.edit_issue(REPO, 3, {"state": "closed"})

    def titles(query: str) -> list[str]:
        return re.findall(r'class="strong title"[^>]*>([^<]+)<', house.browser.get(f"/{REPO}/issues{query}").text)

    assert titles("") == ["second", "first"]
    assert titles("?state=closed") == ["third"]
    assert titles("?label=MLOPS:train") == ["first"]
