"""The one module that speaks to GitHub: own comments only, one commit per content, lost races and outages."""

import threading

import pytest

from contracts import names
from contracts.errors import ConfigError, GitHubError
from lambdas.github import GitHub, close_connections, connect
from lambdas.settings import load_settings
from local.github.contents import contents_of
from tests.lambdas.world import REPO


@pytest.fixture
def github(world):
    return connect(load_settings())


def commits(world):
    contents = contents_of(world.github.root, REPO)
    return len(contents.log(contents.resolve(None), None, 10_000))


def test_the_token_is_read_once_and_shown_nowhere(world, caplog):
    caplog.set_level("DEBUG")
    first = connect(load_settings())

    assert connect(load_settings()) is first
    assert world.secrets.reads == 1
    assert "bot-token" not in repr(first) + caplog.text


def test_a_replaced_token_is_read_again_after_it_was_refused(world, open_issue):
    number = open_issue()
    world.secrets.token = "stale"
    with pytest.raises(GitHubError, match="GitHub answered 401 Bad credentials") as caught:
        connect(load_settings()).issue(REPO, number)
    assert "stale" not in str(caught.value)
    world.secrets.token = '{"token": "bot-token"}'

    assert connect(load_settings()).issue(REPO, number).number == number


def test_a_missing_issue_is_an_error_that_says_what_was_asked(github):
    with pytest.raises(GitHubError, match=r"cannot read issue #999 of octo/models: GitHub answered 404"):
        github.issue(REPO, 999)


@pytest.mark.parametrize("name", ["", "models", "octo/..", "octo/../x", "octo/a b", "../octo/x", "octo/x?y"])
def test_what_is_no_repository_name_is_never_asked_for(github, name):
    with pytest.raises(ConfigError, match="OWNER/NAME"):
        github.issue(name, 1)


def test_an_issue_without_a_body_has_an_empty_one(world, github):
    number = world.github.open_issue(REPO, "t", None)

    assert github.issue(REPO, number).body == ""


def test_a_comment_is_edited_in_place_when_its_text_changes(world, github, open_issue):
    number = open_issue()
    first = github.upsert_comment(REPO, number, marker="<!-- m -->", body="one")
    same = github.upsert_comment(REPO, number, marker="<!-- m -->", body="one")
    second = github.upsert_comment(REPO, number, marker="<!-- m -->", body="two")

    assert (first.changed, same.changed, second.changed) == (True, False, True)
    assert first.id == same.id == second.id
    assert world.bodies(number) == ["<!-- m -->\ntwo"]


def test_an_endless_comment_is_cut_to_what_github_takes(world, github, open_issue):
    number = open_issue()
    github.upsert_comment(REPO, number, marker="<!-- m -->", body="x" * 100_000)

    assert len(world.bodies(number)[0]) == 65_536


def test_a_comment_that_arrived_although_the_answer_was_lost_is_not_posted_again(world, open_issue):
    number = open_issue()
    github = Forgetful(load_settings().github_api_url, "bot-token", sleep=lambda _: None)
    try:
        posted = github.upsert_comment(REPO, number, marker="<!-- m -->", body="one")
    finally:
        github.close()

    assert world.bodies(number) == ["<!-- m -->\none"]
    assert posted.changed is False


class Forgetful(GitHub):
    """Loses the answer to its first comment on the way, as a connection that breaks after the request does."""

    lost = False

    def _issue(self, repository, number):
        issue = super()._issue(repository, number)
        create = issue.create_comment

        def create_and_lose(body):
            made = create(body)
            if not self.lost:
                self.lost = True
                import requests

                raise requests.ConnectionError
            return made

        issue.create_comment = create_and_lose
        return issue


def test_status_labels_replace_each_other_and_leave_the_rest(world, github):
    number = world.github.open_issue(REPO, "t", "b", ["bug", names.LABEL_TRAIN])
    github.set_status_label(REPO, number, names.LABEL_RUNNING)
    github.set_status_label(REPO, number, names.LABEL_FAILED)
    github.set_status_label(REPO, number, names.LABEL_FAILED)

    assert world.labels(number) == {"bug", names.LABEL_TRAIN, names.LABEL_FAILED}


def test_a_file_is_committed_once_per_content(world, github):
    path = "notes/once.md"
    first = github.write_file(REPO, path, "ä\n", message="one")
    count = commits(world)
    again = github.write_file(REPO, path, "ä\n", message="two")

    assert commits(world) == count
    assert (again.changed, again.commit_sha) == (False, first.commit_sha)
    assert github.read_file(REPO, path) == "ä\n"
    assert github.write_file(REPO, path, "b\n", message="three").changed is True


def test_writers_that_meet_all_get_their_file_in(world, environment):
    connect(load_settings()).write_file(REPO, "notes/start.md", "s", message="start")
    count = commits(world)
    errors = []

    def write(index):
        github = GitHub(environment["ISSUEOPS_GITHUB_API_URL"], "bot-token")
        try:
            github.write_file(REPO, f"notes/{index}.md", str(index), message=f"note {index}")
        except GitHubError as error:
            errors.append(error)
        finally:
            github.close()

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert commits(world) == count + 4


def test_a_stranger_has_no_permission(world, github):
    assert github.permission(REPO, "nobody-at-all") == "none"
    assert github.permission(REPO, "operator") == "admin"


def test_closing_twice_is_fine(world, github):
    close_connections()
    close_connections()
