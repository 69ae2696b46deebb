"""The one module that speaks to GitHub: own comments only, one commit per content, lost races and outages."""

import json
import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from contracts import names
from contracts.errors import ConfigError, GitHubError
from lambdas.github import WRITE_ATTEMPTS, GitHub, close_connections, connect
from lambdas.settings import load_settings
from local.github import Account
from local.github.contents import Identity, contents_of
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
    first = github.upsert_comment(REPO, number, marker="<!-- issueops:m -->", body="one")
    same = github.upsert_comment(REPO, number, marker="<!-- issueops:m -->", body="one")
    second = github.upsert_comment(REPO, number, marker="<!-- issueops:m -->", body="two")

    assert (first.changed, same.changed, second.changed) == (True, False, True)
    assert first.id == same.id == second.id
    assert world.bodies(number) == ["<!-- issueops:m -->\ntwo"]


def test_an_endless_comment_is_cut_to_what_github_takes(world, github, open_issue):
    number = open_issue()
    github.upsert_comment(REPO, number, marker="<!-- issueops:m -->", body="x" * 100_000)

    assert len(world.bodies(number)[0]) == 65_536


def test_a_comment_that_arrived_although_the_answer_was_lost_is_not_posted_again(world, open_issue):
    number = open_issue()
    github = Forgetful(load_settings().github_api_url, "bot-token", sleep=lambda _: None)
    try:
        posted = github.upsert_comment(REPO, number, marker="<!-- issueops:m -->", body="one")
    finally:
        github.close()

    assert world.bodies(number) == ["<!-- issueops:m -->\none"]
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


def test_files_are_committed_together_and_once_per_content(world, github):
    github.commit_files(REPO, {"notes/first.md": b"1"}, message="zero")
    count = commits(world)
    files = {"notes/once.md": "ä\n".encode(), "notes/once/picture.png": b"\x89PNG"}
    first = github.commit_files(REPO, files, message="one")
    assert commits(world) == count + 1
    assert github.read_file(REPO, "notes/once.md") == "ä\n"
    assert github.read_file(REPO, "notes/first.md") == "1"

    github.commit_files(REPO, {"notes/other.md": b"2"}, message="in between")
    again = github.commit_files(REPO, files, message="two")
    assert commits(world) == count + 2
    assert (again.changed, again.commit_sha, again.url) == (False, first.commit_sha, first.url)
    assert github.commit_files(REPO, files | {"notes/once.md": b"b"}, message="three").changed is True


def test_the_address_of_a_file_names_its_commit(github):
    written = github.commit_files(REPO, {"notes/at an address.md": b"x"}, message="m")
    assert written.url.endswith(f"/{REPO}/blob/{written.commit_sha}/notes/at%20an%20address.md")


def test_an_empty_repository_gets_a_first_commit_to_build_on(world, github):
    world.github.ensure_repository("octo/empty")
    github.commit_files("octo/empty", {"a.md": b"a", "a/b.png": b"b"}, message="Record it")

    contents = contents_of(world.github.root, "octo/empty")
    log = contents.log(contents.resolve(None), None, 10)
    assert [commit.message for commit in log] == ["Record it", "Start the repository"]
    assert github.read_file("octo/empty", "README.md") == "# empty\n"


def test_writers_that_meet_all_get_their_file_in(world, environment):
    connect(load_settings()).commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    count = commits(world)

    assert written_by_four(environment, lambda index: {f"notes/meeting/{index}.md": str(index).encode()}) == []
    assert commits(world) == count + 4


def test_writers_of_the_same_files_that_meet_commit_once(world, environment):
    connect(load_settings()).commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    count = commits(world)

    assert written_by_four(environment, lambda _: {"notes/same.md": b"x", "notes/same.png": b"y"}) == []
    assert commits(world) == count + 1


def written_by_four(environment, files_of):
    """What four writers at once ran into."""
    errors = []

    def write(index):
        github = GitHub(environment["ISSUEOPS_GITHUB_API_URL"], "bot-token")
        try:
            github.commit_files(REPO, files_of(index), message=f"note {index}")
        except GitHubError as error:
            errors.append(error)
        finally:
            github.close()

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


class Overtaken(GitHub):
    """Somebody else commits each time before this writer's branch moves, `times` times."""

    def __init__(self, world, times):
        super().__init__(load_settings().github_api_url, "bot-token", sleep=lambda _: None)
        self.contents = contents_of(world.github.root, REPO)
        self.times = times
        self.uploads = 0

    def _repository(self, repository):
        repo = super()._repository(repository)
        make_blob, make_commit = repo.create_git_blob, repo.create_git_commit

        def counted(*arguments):
            self.uploads += 1
            return make_blob(*arguments)

        def overtaken(*arguments):
            made = make_commit(*arguments)
            if self.times > 0:
                self.times -= 1
                self.contents.write(
                    f"notes/faster-{id(self)}-{self.times}.md", b"x", message="faster", branch=None, expected=None,
                    by=Identity("ada", "ada@localhost"),
                )  # fmt: skip
            return made

        repo.create_git_blob, repo.create_git_commit = counted, overtaken
        return repo


def test_an_overtaken_commit_is_made_again_on_the_new_head(world, github):
    github.commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    count = commits(world)
    with closing(Overtaken(world, times=2)) as slow:
        written = slow.commit_files(REPO, {"notes/slow.md": b"1", "notes/slow.png": b"2"}, message="slow")

    assert written.changed is True
    assert commits(world) == count + 3
    assert slow.uploads == 2
    assert github.read_file(REPO, f"notes/faster-{id(slow)}-0.md") == "x"


def test_whoever_is_always_overtaken_gives_up_and_says_why(world, github):
    github.commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    with (
        closing(Overtaken(world, times=1000)) as slow,
        pytest.raises(GitHubError, match=r"cannot commit to octo/models: GitHub answered 422 .*forward"),
    ):
        slow.commit_files(REPO, {"notes/never.md": b"1"}, message="never")

    assert slow.times == 1000 - WRITE_ATTEMPTS
    assert github.read_file(REPO, "notes/never.md") is None


def test_who_may_not_write_is_told_at_once(world, environment):
    world.github.save_account(Account("reader", token="reader-token"))
    connect(load_settings()).commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    with (
        closing(GitHub(environment["ISSUEOPS_GITHUB_API_URL"], "reader-token", sleep=pytest.fail)) as reader,
        pytest.raises(GitHubError, match="GitHub answered 403"),
    ):
        reader.commit_files(REPO, {"notes/x.md": b"x"}, message="x")


def test_a_stranger_has_no_permission(world, github):
    assert github.permission(REPO, "nobody-at-all") == "none"
    assert github.permission(REPO, "operator") == "admin"


def test_closing_twice_is_fine(world, github):
    close_connections()
    close_connections()


def test_what_was_edited_is_told_from_what_was_written(world, github, open_issue):
    number = open_issue()
    comment = world.github.add_comment(REPO, number, "first")
    assert github.comment(REPO, comment).edited is False

    time.sleep(1.1)  # GitHub counts seconds
    world.github.edit_comment(REPO, comment, "second")

    assert github.comment(REPO, comment).edited is True
    posted = github.edit_comment(REPO, comment, "third")
    assert posted is not None
    assert world.bodies(number) == ["third"]
    world.github.delete_comment(REPO, comment)
    assert github.edit_comment(REPO, comment, "fourth") is None


def test_an_unchanged_listing_is_not_sent_again(world, github, open_issue):
    number = open_issue()
    world.github.open_issue(REPO, "No training", "x", [])
    first = github.changed_issues(REPO, label=names.LABEL_TRAIN, since=None, etag="")
    assert number in [issue.number for issue in first.items]
    assert all(names.LABEL_TRAIN in issue.labels for issue in first.items)

    assert github.changed_issues(REPO, label=names.LABEL_TRAIN, since=None, etag=first.etag).items is None

    world.github.add_comment(REPO, number, "/help")
    again = github.changed_issues(REPO, label=names.LABEL_TRAIN, since=None, etag=first.etag)
    assert again.items is not None
    assert again.items[-1].number == number
    comments = github.changed_comments(REPO, since=again.items[-1].updated, etag="")
    assert [comment.body for comment in comments.items] == ["/help"]


def test_what_changed_since_is_read_page_by_page(world, github):
    since = datetime.now(UTC)
    numbers = [world.github.open_issue(REPO, "t", "x", [names.LABEL_TRAIN]) for _ in range(103)]
    found = github.changed_issues(REPO, label=names.LABEL_TRAIN, since=since.replace(microsecond=0), etag="")
    assert {issue.number for issue in found.items} >= set(numbers)


def test_files_are_built_anew_on_what_another_writer_committed(world, github):
    seen = []

    def build(read):
        before = read("notes/list.md")
        seen.append(before)
        if len(seen) == 1:
            world_commit("notes/list.md", b"theirs\n")
        return {"notes/list.md": ((before or "") + "ours\n").encode()}

    def world_commit(path, data):
        connect(load_settings()).commit_files(REPO, {path: data}, message="another writer")

    github.commit_files(REPO, {"notes/start.md": b"x"}, message="start")
    github.commit_changes(REPO, build, message="append")

    assert seen == [None, "theirs\n"]
    assert github.read_file(REPO, "notes/list.md") == "theirs\nours\n"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("{", "begins with a brace and is not JSON"),
        ("{}", "no app_id with its private_key"),
        ('{"app_id": 7}', "no app_id with its private_key"),
        ("  ", "holds no GitHub token"),
    ],
)
def test_a_secret_that_holds_no_credentials_is_named_but_not_shown(world, secret, problem):
    world.secrets.token = secret
    with pytest.raises(ConfigError, match=problem):
        connect(load_settings())


def test_a_github_app_acts_as_its_bot_in_each_owners_repositories(world, open_issue):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    app = world.github.apps.save("trainer", public_key=public, owners=["octo"])
    world.secrets.token = json.dumps({"app_id": app.id, "private_key": private})
    number = open_issue()

    github = connect(load_settings())
    posted = github.upsert_comment(REPO, number, marker="<!-- issueops:1:app -->", body="by an App")

    [comment] = github.comments(REPO, number)
    assert (comment.author, comment.by_bot, comment.ours) == ("trainer[bot]", True, True)
    assert github.upsert_comment(REPO, number, marker="<!-- issueops:1:app -->", body="by an App").changed is False
    world.github.apps.expire_tokens()
    close_connections()
    assert connect(load_settings()).comment(REPO, posted.id).ours is True


def test_an_app_that_is_not_installed_says_so(world, open_issue):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    app = world.github.apps.save("stranger", public_key=public, owners=[])
    world.secrets.token = json.dumps({"app_id": app.id, "private_key": private})

    with pytest.raises(GitHubError, match=r"GitHub answered 404") as caught:
        connect(load_settings()).issue(REPO, open_issue())
    assert "PRIVATE" not in str(caught.value)
