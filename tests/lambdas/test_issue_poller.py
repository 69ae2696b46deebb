"""Polling finds what a webhook would have been told, once, and one repository's trouble stays its own."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from contracts import names
from lambdas.github import Changed, Comment, Issue
from lambdas.issue_poller import handler as edge
from lambdas.issue_poller.handler import FIRST_COMMENTS, FIRST_ISSUES, handler
from lambdas.requests import CommentRequest
from lambdas.services import connect_services
from local.github import BOT
from tests.lambdas.fakes import refused
from tests.lambdas.world import ISSUE, REPO


@pytest.fixture
def poll(world, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", REPO)

    def poll():
        return handler({}, None)["repositories"]

    poll()  # other tests' issues
    world.sqs.sent.clear()
    return poll


@pytest.fixture
def comment(world):
    """Writes a comment and gives its id."""

    def comment(number, body, author="operator"):
        return world.github.add_comment(REPO, number, body, author)

    return comment


def requests(world):
    return [(sent["issue_number"], sent["action"]) for sent in world.sent(names.REQUESTS_QUEUE)]


def commands(world):
    return [(sent["issue_number"], sent["comment_id"]) for sent in world.sent(names.COMMENTS_QUEUE)]


def test_a_labelled_issue_is_found_once(world, poll, open_issue):
    number = open_issue()

    assert poll() == [{"repository": REPO, "issues": 1, "comments": 0, "status": "polled"}]
    assert poll() == poll() == [{"repository": REPO, "issues": 0, "comments": 0, "status": "polled"}]
    assert requests(world) == [(number, "polled")]


def test_an_issue_without_the_label_is_left_alone_until_it_has_it(world, poll):
    number = world.github.open_issue(REPO, "Not yet", ISSUE, [])
    poll()
    assert requests(world) == []

    world.github.add_labels(REPO, number, [names.LABEL_TRAIN])
    poll()
    assert requests(world) == [(number, "polled")]


def test_an_edit_a_closing_and_a_reopening_are_noticed_each_though_they_fall_into_one_second(world, poll, open_issue):
    number = open_issue()
    poll()
    for change in ({"body": ISSUE + "seed: 7\n"}, {"state": "closed"}, {"state": "open"}):
        world.github.edit_issue(REPO, number, change)
        poll()

    assert len(requests(world)) >= 3
    assert set(requests(world)) == {(number, "polled")}


def test_a_command_is_found_once_and_asked_for_as_the_webhook_asks(world, poll, open_issue, comment):
    number = open_issue()
    written = comment(number, "/retrain max_depth=3")
    poll()
    poll()

    assert commands(world) == [(number, written)]
    [sent] = world.sqs.sent[names.COMMENTS_QUEUE]
    assert sent == CommentRequest(REPO, number, written).entry()


def test_the_webhooks_and_the_pollers_request_for_a_command_are_one(world, poll, open_issue, comment, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", REPO.upper())
    number = open_issue()
    written = comment(number, "/help")
    world.sqs.send_message(
        QueueUrl=f"https://sqs/{names.COMMENTS_QUEUE}", **CommentRequest(REPO, number, written).entry()
    )
    poll()

    assert commands(world) == [(number, written)]


def test_what_is_no_command_on_an_issue_of_ours_is_left_alone(world, poll, open_issue, comment):
    other = world.github.open_issue(REPO, "About something else", "text", [])
    comment(other, "/help")
    ours = open_issue()
    comment(ours, "Thank you!")
    comment(ours, "/help", author=BOT.login)
    edited = comment(ours, "a question")
    poll()
    assert commands(world) == []

    world.github.edit_comment(REPO, edited, "/accept")
    poll()
    assert commands(world) == []


def test_a_kill_between_sending_and_remembering_repeats_and_never_loses(world, poll, open_issue, monkeypatch):
    number = open_issue()

    def killed(**_):
        raise refused("InternalError", "PutObject")

    with monkeypatch.context() as patch:
        patch.setattr(world.s3, "put_object", killed)
        with pytest.raises(Exception, match="InternalError"):
            poll()
    assert requests(world) == [(number, "polled")]

    assert poll()[0]["issues"] == 1
    assert requests(world) == [(number, "polled")]  # the queue dropped the repetition


def test_a_queue_out_of_reach_leaves_everything_to_be_sent_by_the_next_poll(world, poll, open_issue, monkeypatch):
    number = open_issue()

    def away(**_):
        raise refused("ServiceUnavailable", "SendMessage")

    with monkeypatch.context() as patch:
        patch.setattr(world.sqs, "send_message", away)
        with pytest.raises(Exception, match="ServiceUnavailable"):
            poll()
    poll()

    assert requests(world) == [(number, "polled")]


def test_a_repository_that_cannot_be_read_does_not_keep_the_others_from_being_polled(
    world, poll, open_issue, monkeypatch, caplog
):
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", f"octo/absent no-repository {REPO}")
    number = open_issue()

    absent, wrong, polled = poll()

    assert absent["status"] == wrong["status"] == "failed"
    assert "404" in absent["reason"]
    assert "OWNER/NAME" in wrong["reason"]
    assert polled == {"repository": REPO, "issues": 1, "comments": 0, "status": "polled"}
    assert requests(world) == [(number, "polled")]
    assert "octo/absent could not be polled" in caplog.text


def test_what_nobody_foresaw_is_raised_after_the_others_were_polled(world, poll, open_issue, monkeypatch, caplog):
    world.github.ensure_repository("octo/strange")
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", f"octo/strange {REPO}")
    number = open_issue()
    world.s3.put_object(
        Bucket="bucket", Key="state/poller/octo/strange.json", Body=b'{"issues": null, "comments": null}'
    )
    genuine = edge._Round.issues

    def issues(self):
        if self.repository == "octo/strange":
            raise KeyError("number")
        return genuine(self)

    monkeypatch.setattr(edge._Round, "issues", issues)

    with pytest.raises(KeyError):
        poll()
    assert requests(world) == [(number, "polled")]
    assert "Traceback" in caplog.text


def test_a_damaged_document_is_reported_with_what_to_do(world, poll):
    world.s3.put_object(Bucket="bucket", Key=f"state/poller/{REPO}.json", Body=b'{"issues": 5}')

    [report] = poll()
    assert report["status"] == "failed"
    assert "delete it" in report["reason"]


def test_no_repositories_are_no_mistake(world, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", "")

    assert handler({}, None) == {"repositories": []}


# With a GitHub that says what a test wants


NOW = datetime.now(UTC).replace(microsecond=0)


class Answering:
    """Listings as prepared; every question is kept."""

    def __init__(self, issues=(), comments=(), *, of_pull_request=False):
        self.of_pull_request = of_pull_request
        self.listings = {"issues": issues, "comments": comments}
        self.asked = []
        self.etag = ""

    def changed_issues(self, repository, *, label, since, etag):
        return self._changed("issues", since, etag)

    def changed_comments(self, repository, *, since, etag):
        return self._changed("comments", since, etag)

    def issue(self, repository, number):
        return _issue(number, is_pull_request=self.of_pull_request)

    def _changed(self, listing, since, etag):
        self.asked.append((listing, since, etag))
        found = tuple(item for item in self.listings[listing] if item.updated >= since)
        return Changed(None, etag) if etag and etag == self.etag else Changed(found, self.etag)


def _issue(number, *, updated=NOW, is_pull_request=False, labels=(names.LABEL_TRAIN,)):
    return Issue(
        number=number, title="", body="", author="mona", state="open", labels=labels, updated=updated,
        url=f"https://github.com/{REPO}/issues/{number}", is_pull_request=is_pull_request,
    )  # fmt: skip


def _comment(comment_id, *, created=NOW, edited_after=timedelta(0), body="/help"):
    return Comment(
        id=comment_id, issue_number=1, body=body, author="mona", by_bot=False, ours=False, created=created,
        updated=created + edited_after, url=f"https://github.com/{REPO}/issues/1#issuecomment-{comment_id}",
    )  # fmt: skip


@pytest.fixture
def ask(world, monkeypatch):
    """Polls a prepared GitHub."""
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", REPO)

    def ask(github):
        services = connect_services()
        monkeypatch.setattr(edge, "connect_services", lambda: type(services)(services.settings, github))
        try:
            return handler({}, None)["repositories"]
        finally:
            monkeypatch.setattr(edge, "connect_services", connect_services)

    return ask


def test_the_first_poll_looks_back_days_for_issues_and_an_hour_for_commands(world, ask):
    github = Answering(
        issues=[_issue(1, updated=NOW - FIRST_ISSUES * 2), _issue(2, updated=NOW - FIRST_ISSUES / 2)],
        comments=[_comment(8, created=NOW - FIRST_COMMENTS * 2), _comment(9, created=NOW - FIRST_COMMENTS / 2)],
    )
    ask(github)

    assert requests(world) == [(2, "polled")]
    assert commands(world) == [(1, 9)]


def test_a_pull_request_with_our_label_is_no_request(world, ask):
    assert ask(Answering(issues=[_issue(3, is_pull_request=True)]))[0]["issues"] == 0
    assert requests(world) == []


def test_an_edited_comment_and_one_on_a_pull_request_command_nothing(world, ask):
    ask(Answering(comments=[_comment(9, edited_after=timedelta(seconds=1))]))
    ask(Answering(comments=[_comment(10)], of_pull_request=True))

    assert commands(world) == []


def test_an_unchanged_listing_is_asked_for_conditionally_and_changes_nothing(world, ask):
    github = Answering(issues=[_issue(1)], comments=[_comment(9)])
    github.etag = 'W/"1"'
    for _ in range(4):
        ask(github)

    etags = [etag for listing, _, etag in github.asked if listing == "issues"]
    assert etags == ["", "", 'W/"1"', 'W/"1"']
    moments = [since for listing, since, _ in github.asked if listing == "issues"]
    assert moments[1:] == [NOW - timedelta(seconds=60)] * 3
    assert len(requests(world)) == 1


def test_a_comment_on_an_issue_that_is_gone_holds_nothing_up(world, poll, open_issue, comment, monkeypatch):
    from lambdas.github import GitHub

    number = open_issue()
    comment(number, "/help")
    monkeypatch.setattr(GitHub, "issue", lambda self, repository, number: self.comment(repository, 10**9))

    assert poll()[0]["status"] == "polled"
    assert commands(world) == []


def test_a_repository_that_was_renamed_is_reported_with_its_new_name(ask, world):
    """GitHub redirects a listing, and PyGithub follows without the query: what comes is another listing."""
    moved = dataclasses.replace(_comment(9), url="https://github.com/octo/better-models/issues/1#issuecomment-9")
    (report,) = ask(Answering(issues=[], comments=[moved]))

    assert report["status"] == "failed"
    assert "octo/better-models" in report["reason"]
    assert commands(world) == []
