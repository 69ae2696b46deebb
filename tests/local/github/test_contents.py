"""File contents through PyGithub, checked with the real git."""

import base64
import subprocess
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from github import GithubException, UnknownObjectException
from github.ContentFile import ContentFile
from github.Repository import Repository

PATH = "training_history/job-1.md"


def git(home: Path, *arguments: str) -> str:
    directory = home / "github" / "octo" / "models.git"
    return subprocess.run(
        ["git", "--git-dir", str(directory), *arguments], capture_output=True, text=True, check=True
    ).stdout


def one_file(repo: Repository, path: str, ref: str = "main") -> ContentFile:
    found = repo.get_contents(path, ref=ref)
    assert isinstance(found, ContentFile)
    return found


def test_a_file_is_created_updated_and_deleted_as_commits(repo: Repository, home: Path) -> None:
    made = repo.create_file(PATH, "Record job-1", "# één\n")
    assert git(home, "show", f"main:{PATH}") == "# één\n"
    assert made["commit"].sha == git(home, "rev-parse", "main").strip()
    assert git(home, "log", "-1", "--format=%an <%ae> %s").startswith("issueops[bot] <")
    assert one_file(repo, PATH).decoded_content.decode() == "# één\n"

    repo.update_file(PATH, "Correct job-1", "# two\n", sha=one_file(repo, PATH).sha, branch="main")
    assert git(home, "show", f"main:{PATH}") == "# two\n"
    assert one_file(repo, PATH, ref=made["commit"].sha).decoded_content.decode() == "# één\n"

    repo.create_file("README.md", "Say what this is", "hello")
    repo.delete_file(PATH, "Forget job-1", sha=one_file(repo, PATH).sha)
    assert git(home, "ls-tree", "-r", "--name-only", "main") == "README.md\n"
    subjects = git(home, "log", "--format=%s").splitlines()
    assert subjects == ["Forget job-1", "Say what this is", "Correct job-1", "Record job-1"]
    assert git(home, "fsck", "--strict") == ""


def test_directories_branches_and_commits_are_listed(repo: Repository) -> None:
    repo.create_file("a/one.md", "m1", "1")
    repo.create_file("a/b/two words.md", "m2", "2")
    listing = repo.get_contents("a")
    assert isinstance(listing, list)
    assert [(each.name, each.type) for each in listing] == [("b", "dir"), ("one.md", "file")]
    root = repo.get_contents("")
    assert isinstance(root, list)
    assert [each.path for each in root] == ["a"]
    assert one_file(repo, "a/b/two words.md").decoded_content == b"2"
    branch = repo.get_branch("main")
    assert branch.commit.commit.message == "m2"
    assert [commit.commit.message for commit in repo.get_commits(path="a/one.md")] == ["m1"]


def test_a_stale_or_missing_sha_is_refused(repo: Repository, home: Path) -> None:
    repo.create_file(PATH, "m", "one")
    old = one_file(repo, PATH).sha
    repo.update_file(PATH, "m", "two", sha=old)
    with pytest.raises(GithubException) as caught:
        repo.update_file(PATH, "m", "three", sha=old)
    assert caught.value.status == 409
    with pytest.raises(GithubException, match="sha") as caught:
        repo.create_file(PATH, "m", "three")
    assert caught.value.status == 422
    with pytest.raises(GithubException) as caught:
        repo.delete_file(PATH, "m", sha=old)
    assert caught.value.status == 409
    assert git(home, "show", f"main:{PATH}") == "two"


def test_of_two_concurrent_updates_one_wins_and_the_other_is_told(repo: Repository, home: Path) -> None:
    repo.create_file(PATH, "m", "start")
    sha = one_file(repo, PATH).sha
    statuses: list[int] = []

    def update(text: str) -> None:
        try:
            repo.update_file(PATH, text, text, sha=sha)
            statuses.append(200)
        except GithubException as error:
            statuses.append(error.status)

    run_together([partial(update, text) for text in ("left", "right")])
    assert sorted(statuses) == [200, 409]
    assert git(home, "show", f"main:{PATH}") == git(home, "log", "-1", "--format=%s").strip()


def test_concurrent_writes_of_different_files_lose_no_commit(repo: Repository, home: Path) -> None:
    accepted: list[str] = []
    refused: list[int] = []

    def create(name: str) -> None:
        try:
            repo.create_file(name, name, name)
            accepted.append(name)
        except GithubException as error:
            refused.append(error.status)

    run_together([partial(create, f"{n}.md") for n in range(6)])
    assert accepted
    assert set(refused) <= {409}
    assert sorted(git(home, "log", "--format=%s").splitlines()) == sorted(accepted)
    assert sorted(git(home, "ls-tree", "--name-only", "main").splitlines()) == sorted(accepted)


@pytest.mark.parametrize("lock", ["refs/heads/main.lock", "HEAD.lock"])
def test_a_lock_left_by_a_killed_git_does_not_stay_in_the_way(repo: Repository, home: Path, lock: str) -> None:
    repo.create_file("a", "m", "x")
    (home / "github" / "octo" / "models.git" / lock).touch()
    repo.create_file("b", "m", "x")
    assert git(home, "ls-tree", "--name-only", "main") == "a\nb\n"


def run_together(actions: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    "path", ["../outside", "a/../../b", ".git/config", "a/.GIT/hooks/x", "a//b", "a\nb", "-x\x00", "C:\\x"]
)
def test_paths_that_leave_the_repository_are_refused(repo: Repository, home: Path, path: str) -> None:
    repo.create_file("kept", "m", "text")
    body = {"message": "m", "content": base64.b64encode(b"x").decode()}
    with pytest.raises(GithubException) as caught:
        repo.requester.requestJsonAndCheck("PUT", f"{repo.url}/contents/{quoted(path)}", input=body)
    assert caught.value.status in (404, 422)
    assert git(home, "ls-tree", "-r", "--name-only", "main") == "kept\n"


def quoted(path: str) -> str:
    return "".join(each if each.isalnum() else f"%{ord(each):02X}" for each in path)


@pytest.mark.parametrize("name", ["--help", "*", ":(glob)x", "a,b", "tab\u2028", "100% é"])
def test_odd_names_are_only_names(repo: Repository, home: Path, name: str) -> None:
    repo.create_file("other", "m", "other")
    repo.create_file(name, "--amend\n\n-m x", name)
    assert one_file(repo, name).decoded_content.decode() == name
    assert git(home, "rev-list", "--count", "main") == "2\n"


def test_a_file_in_the_way_of_a_directory_is_kept(repo: Repository, home: Path) -> None:
    repo.create_file("a", "m", "x")
    repo.create_file("d/e/f", "m", "x")
    for path in ("a/b", "a/b/c", "d", "d/e"):
        with pytest.raises(GithubException) as caught:
            repo.create_file(path, "m", "x")
        assert caught.value.status == 422
    assert git(home, "ls-tree", "-r", "--name-only", "main") == "a\nd/e/f\n"


def test_what_is_not_there_is_not_found(repo: Repository) -> None:
    with pytest.raises(UnknownObjectException):
        repo.get_contents(PATH)
    repo.create_file("README.md", "m", "x")
    for absent in (
        lambda: repo.get_contents(PATH),
        lambda: repo.get_contents("README.md", ref="--upload-pack"),
        lambda: repo.get_contents("README.md", ref="main~1"),
        lambda: repo.create_file("x", "m", "x", branch="no-such"),
        lambda: repo.get_branch("no-such"),
    ):
        with pytest.raises(GithubException) as caught:
            absent()
        assert caught.value.status == 404


def test_a_large_file_comes_without_inline_content_as_on_github(repo: Repository) -> None:
    repo.create_file("large.txt", "m", "x" * 1_100_000)
    large = one_file(repo, "large.txt")
    assert (large.encoding, large.content, large.size) == ("none", "", 1_100_000)
