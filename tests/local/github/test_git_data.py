"""One commit of many files through PyGithub's Git data API, checked with the real git."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from github import Github, GithubException, InputGitTreeElement
from github.GitCommit import GitCommit
from github.Repository import Repository

from local.github import OPERATOR, Account, GitHubApp
from tests.local.github.conftest import REPO
from tests.local.github.test_contents import git, run_together

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
NOWHERE = "0" * 40
Client = Callable[[str], Github]


@pytest.fixture
def started(repo: Repository) -> Repository:
    """The repository with a first commit; before that GitHub closes its Git data API."""
    repo.create_file("README.md", "Start", "hello")
    return repo


def head_of(repo: Repository) -> GitCommit:
    return repo.get_git_commit(repo.get_git_ref("heads/main").object.sha)


def commit_on(repo: Repository, head: GitCommit, files: Mapping[str, bytes], message: str = "m") -> GitCommit:
    """A commit that no branch names yet."""
    elements = []
    for path, data in files.items():
        blob = repo.create_git_blob(base64.b64encode(data).decode(), "base64")
        elements.append(InputGitTreeElement(path, "100644", "blob", sha=blob.sha))
    return repo.create_git_commit(message, repo.create_git_tree(elements, head.tree), [head])


def post(repo: Repository, path: str, body: object, method: str = "POST") -> Any:
    return repo.requester.requestJsonAndCheck(method, f"{repo.url}{path}", input=body)


def test_several_files_become_one_commit_on_top_of_what_is_there(started: Repository, home: Path) -> None:
    files = {"history/job.md": "# één\n".encode(), "history/job/roc.png": PNG}
    made = commit_on(started, head_of(started), files, "Record job\n\nwith a picture")
    assert git(home, "log", "--format=%s", "main") == "Start\n"
    assert made.message == "Record job\n\nwith a picture"

    branch = started.get_git_ref("heads/main")
    branch.edit(made.sha)

    assert branch.object.sha == made.sha == git(home, "rev-parse", "main").strip()
    assert git(home, "log", "--format=%s", "main") == "Record job\nStart\n"
    assert git(home, "log", "-1", "--format=%an <%ae>").startswith("issueops[bot] <")
    listing = git(home, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert listing == ["README.md", "history/job.md", "history/job/roc.png"]
    content = started.get_contents("history/job/roc.png")
    assert not isinstance(content, list)
    assert content.decoded_content == PNG
    assert git(home, "fsck", "--strict", "--no-dangling") == ""


def test_a_tree_takes_text_and_takes_files_away(started: Repository, home: Path) -> None:
    head = head_of(started)
    elements = [
        InputGitTreeElement("run.sh", "100755", "blob", content="echo ä\n"),
        InputGitTreeElement("README.md", "100644", "blob", sha=None),
    ]
    tree = started.create_git_tree(elements, head.tree)
    assert git(home, "ls-tree", "-r", tree.sha).split()[0] == "100755"
    assert git(home, "show", f"{tree.sha}:run.sh") == "echo ä\n"
    assert git(home, "ls-tree", "-r", "--name-only", tree.sha) == "run.sh\n"


def test_the_same_files_give_the_same_tree(started: Repository) -> None:
    head = head_of(started)
    blob = started.create_git_blob("hello", "utf-8")
    tree = started.create_git_tree([InputGitTreeElement("README.md", "100644", "blob", sha=blob.sha)], head.tree)
    assert tree.sha == head.tree.sha


def test_before_the_first_commit_git_data_is_closed(repo: Repository) -> None:
    for request in (
        lambda: repo.get_git_ref("heads/main").object,
        lambda: repo.get_git_commit(NOWHERE),
        lambda: repo.create_git_blob("x", "utf-8"),
        lambda: repo.create_git_tree([InputGitTreeElement("a", "100644", "blob", content="x")]),
        lambda: post(repo, "/git/refs/heads/main", {"sha": NOWHERE}, "PATCH"),
    ):
        with pytest.raises(GithubException) as caught:
            request()
        assert (caught.value.status, caught.value.data["message"]) == (409, "Git Repository is empty.")


def test_a_branch_does_not_go_back_unless_it_is_forced(started: Repository, home: Path) -> None:
    first = head_of(started)
    started.get_git_ref("heads/main").edit(commit_on(started, first, {"a": b"1"}).sha)
    branch = started.get_git_ref("heads/main")
    sideways = commit_on(started, first, {"b": b"2"})
    for sha in (first.sha, sideways.sha):
        with pytest.raises(GithubException) as caught:
            branch.edit(sha)
        assert (caught.value.status, caught.value.data["message"]) == (422, "Update is not a fast forward")
    assert git(home, "ls-tree", "--name-only", "main") == "README.md\na\n"

    branch.edit(sideways.sha, force=True)
    assert git(home, "ls-tree", "--name-only", "main") == "README.md\nb\n"


def test_moving_a_branch_to_where_it_is_changes_nothing(started: Repository, home: Path) -> None:
    branch = started.get_git_ref("heads/main")
    branch.edit(branch.object.sha)
    assert git(home, "rev-list", "--count", "main") == "1\n"


def test_of_writers_that_meet_each_either_moves_the_branch_or_is_told(started: Repository, home: Path) -> None:
    head = head_of(started)
    made = [commit_on(started, head, {f"{n}": b"x"}) for n in range(4)]
    statuses: list[int] = []

    def move(sha: str) -> None:
        try:
            started.get_git_ref("heads/main").edit(sha)
            statuses.append(200)
        except GithubException as error:
            statuses.append(error.status)

    run_together([lambda sha=commit.sha: move(sha) for commit in made])
    assert sorted(statuses) == [200, 422, 422, 422]
    assert git(home, "rev-list", "--count", "main") == "2\n"


def test_what_is_not_there_is_not_found(started: Repository) -> None:
    for request in (
        lambda: started.get_git_ref("heads/no-such").object,
        lambda: started.get_git_ref("tags/main").object,
        lambda: started.get_git_ref("heads/../main").object,
        lambda: started.get_git_commit(NOWHERE),
        lambda: started.get_git_commit("main"),
    ):
        with pytest.raises(GithubException) as caught:
            request()
        assert caught.value.status == 404


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/git/blobs", {"content": "%%", "encoding": "base64"}, "not valid Base64"),
        ("/git/blobs", {"content": "x", "encoding": "latin-1"}, "encoding must be"),
        ("/git/blobs", {}, '"content" wasn\'t supplied'),
        ("/git/trees", {}, "Invalid tree info"),
        ("/git/trees", {"tree": []}, "Invalid tree info"),
        ("/git/trees", {"tree": ["x"]}, "Invalid tree info"),
        ("/git/trees", {"base_tree": NOWHERE, "tree": [{}]}, "base_tree is not a valid tree oid"),
        ("/git/trees", {"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": NOWHERE}]},
         f"tree.sha {NOWHERE} is not a valid blob"),
        ("/git/trees", {"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": "--help"}]}, "valid blob"),
        ("/git/trees", {"tree": [{"path": "a", "mode": "100644", "type": "blob"}]}, "valid blob"),
        ("/git/trees", {"tree": [{"path": "a", "mode": "040000", "type": "tree", "sha": NOWHERE}]}, "invalid mode"),
        ("/git/trees", {"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": NOWHERE, "content": "x"}]},
         "either tree.sha or tree.content"),
        ("/git/commits", {"message": "m", "tree": NOWHERE}, "Tree SHA does not exist"),
        ("/git/commits", {"message": "m", "tree": "HEAD"}, "Tree SHA does not exist"),
        ("/git/commits", {"message": " ", "tree": NOWHERE}, '"message" wasn\'t supplied'),
    ],
)  # fmt: skip
def test_what_git_could_not_hold_is_refused_in_githubs_words(
    started: Repository, home: Path, path: str, body: object, message: str
) -> None:
    if message.startswith('"message"'):
        assert isinstance(body, dict)
        body["tree"] = head_of(started).tree.sha
    with pytest.raises(GithubException) as caught:
        post(started, path, body)
    assert caught.value.status == 422
    assert message in caught.value.data["message"]
    assert git(home, "rev-list", "--count", "main") == "1\n"


@pytest.mark.parametrize("path", ["../up", "/etc/x", ".git/config", "a/.GIT/hooks", "a//b", "a\nb", "a\0b", "a\ud800"])
def test_paths_that_leave_the_repository_are_refused(started: Repository, path: str) -> None:
    with pytest.raises(GithubException) as caught:
        post(started, "/git/trees", {"tree": [{"path": path, "mode": "100644", "type": "blob", "content": "x"}]})
    assert caught.value.status == 422


@pytest.mark.parametrize(
    ("ref", "sha", "message"),
    [
        ("heads/no-such", None, "Reference does not exist"),
        ("tags/v1", None, "Reference does not exist"),
        ("heads/main", NOWHERE, "Object does not exist"),
        ("heads/main", "main", "Object does not exist"),
    ],
)
def test_a_branch_moves_only_if_both_ends_exist(
    started: Repository, home: Path, ref: str, sha: str | None, message: str
) -> None:
    with pytest.raises(GithubException) as caught:
        post(started, f"/git/refs/{ref}", {"sha": sha or head_of(started).sha}, "PATCH")
    assert (caught.value.status, caught.value.data["message"]) == (422, message)
    assert git(home, "for-each-ref", "--format=%(refname)") == "refs/heads/main\n"


def test_parents_must_be_commits(started: Repository) -> None:
    tree = head_of(started).tree.sha
    for parents in ([tree], [NOWHERE], ["main"], "x", [3]):
        with pytest.raises(GithubException, match="Parent SHA does not exist or is not a commit object"):
            post(started, "/git/commits", {"message": "m", "tree": tree, "parents": parents})


def test_who_may_only_read_writes_nothing(app: GitHubApp, client: Client, started: Repository) -> None:
    app.store.save_account(Account("reader"))
    assert client(OPERATOR.login).get_repo(REPO).create_git_blob("x", "utf-8").sha
    with pytest.raises(GithubException) as caught:
        client("reader").get_repo(REPO).create_git_blob("x", "utf-8")
    assert caught.value.status == 403
