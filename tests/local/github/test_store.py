"""The store beside HTTP: readable threads, persistence across a kill, concurrent writers."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local.github import BOT, OPERATOR, GitHubStore, create_app
from local.github.contents import Identity, contents_of
from local.github.errors import GitHubError, NotFound
from local.github.thread_files import ThreadFiles

REPO = "octo/models"


def test_the_thread_is_kept_as_a_readable_file(home: Path) -> None:
    store = GitHubStore(home)
    number = store.open_issue(REPO, "Train penguins", "algorithm: random_forest", ["mlops:train"])
    comment = store.add_comment(REPO, number, "Training started.", BOT.login)
    store.react(REPO, "comment", comment, content="eyes", author=OPERATOR.login)
    path = store.issue_path(REPO, number)
    assert path == home / "github" / "octo" / "models" / "issues" / "1.md"
    text = path.read_text()
    assert text.startswith("# Train penguins (#1)\n\nopen · opened by @operator on ")
    assert "labels: `mlops:train`\n\nalgorithm: random_forest\n\n---\n\n**@issueops[bot]** on " in text
    assert text.endswith("Training started.\n\n👀 1\n")
    assert [each.name for each in path.parent.iterdir()] == ["1.md"]
    store.close()


def test_a_thread_holds_the_issue_its_comments_and_their_reactions(home: Path) -> None:
    store = GitHubStore(home)
    store.open_issue(REPO, "t")
    comment = store.add_comment(REPO, 1, "/accept")
    store.react(REPO, "comment", comment, content="+1", author=BOT.login)
    thread = store.thread(REPO, 1)
    assert thread.issue.title == "t"
    assert [(each.author.login, each.body) for each in thread.comments] == [("operator", "/accept")]
    assert [each.content for each in thread.reactions[comment]] == ["+1"]
    store.close()


def test_everything_survives_a_killed_process(home: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from local.github import GitHubStore\n"
        "from local.github.contents import Identity, contents_of\n"
        "store = GitHubStore(Path(sys.argv[1]))\n"
        f"store.open_issue({REPO!r}, 'kept', labels=['mlops:train'])\n"
        f"store.add_comment({REPO!r}, 1, 'kept too')\n"
        f"contents_of(store.root, {REPO!r}).write('f.md', b'x', message='m', branch=None, expected=None,\n"
        "    by=Identity('n', 'e'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(home)], check=False)
    app = create_app(home)
    thread = app.store.thread(REPO, 1)
    assert thread.issue.title == "kept"
    assert [comment.body for comment in thread.comments] == ["kept too"]
    git_directory = str(home / "github" / "octo" / "models.git")
    shown = subprocess.run(["git", "--git-dir", git_directory, "show", "main:f.md"], capture_output=True, check=True)
    assert shown.stdout == b"x"
    app.close()


@pytest.mark.parametrize("seconds", [0.25, 0.3, 0.36, 0.43])
def test_nothing_that_was_acknowledged_is_lost_whenever_the_process_is_killed(home: Path, seconds: float) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from local.github import GitHubStore\n"
        "from local.github.contents import Identity, contents_of\n"
        "store = GitHubStore(Path(sys.argv[1]))\n"
        f"store.ensure_repository({REPO!r})\n"
        f"contents = contents_of(store.root, {REPO!r})\n"
        "while True:\n"
        f"    number = store.open_issue({REPO!r}, 't')\n"
        "    contents.write(f'{number}.md', b'x', message='m', branch=None, expected=None,\n"
        "        by=Identity('n', 'e'))\n"
        "    print(number, flush=True)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert writer.stdout is not None
    time.sleep(seconds)
    os.killpg(writer.pid, signal.SIGKILL)
    acknowledged = {int(line) for line in writer.stdout.read().splitlines()}
    writer.wait()
    writer.stdout.close()
    store = GitHubStore(home)
    store.ensure_repository(REPO)
    assert acknowledged <= {issue.number for issue in store.issues(REPO)}
    contents = contents_of(store.root, REPO)
    contents.write("after.md", b"x", message="m", branch=None, expected=None, by=Identity("n", "e"))
    root = contents.entry(contents.resolve(None), "")
    written = {entry.path for entry in contents.children(contents.resolve(None), root)}
    assert {f"{number}.md" for number in acknowledged} <= written
    assert len(contents.log(contents.resolve(None), None, 10_000)) == len(written)
    store.close()


def test_a_thread_file_left_stale_by_a_kill_is_renewed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = GitHubStore(home)
    store.open_issue(REPO, "t")
    with monkeypatch.context() as killed:
        killed.setattr(ThreadFiles, "write", lambda *_: None)
        store.add_comment(REPO, 1, "written just before the end")
    path = store.issue_path(REPO, 1)
    assert "written just" not in path.read_text()
    store.close()
    reopened = GitHubStore(home)
    assert "written just before the end" in path.read_text()
    reopened.close()


def test_tokens_made_up_once_stay_and_are_private_to_the_person(home: Path) -> None:
    first = create_app(home)
    token = first.token(OPERATOR.login)
    assert token != first.token(BOT.login)
    first.close()
    second = create_app(home, token="given")
    assert second.token(OPERATOR.login) == token
    assert second.token(BOT.login) == "given"
    assert (home / "github" / "github.db").stat().st_mode & 0o077 == 0
    second.close()


def test_two_stores_on_one_home_number_issues_without_a_gap_or_a_double(home: Path) -> None:
    stores = [GitHubStore(home), GitHubStore(home)]

    def open_many(store: GitHubStore) -> None:
        for _ in range(10):
            store.open_issue(REPO, "t")

    threads = [threading.Thread(target=open_many, args=(store,)) for store in stores for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [issue.number for issue in stores[0].issues(REPO)] == list(range(40, 0, -1))
    for store in stores:
        store.close()


@pytest.mark.parametrize("name", ["../up/x", "octo", "octo/../x", "octo/.", "octo/x.git", "-o/x", "octo/a b", "o/x\n"])
def test_hostile_repository_names_never_reach_the_disk(home: Path, name: str) -> None:
    store = GitHubStore(home)
    with pytest.raises(NotFound):
        store.open_issue(name, "t")
    assert {each.name for each in store.root.iterdir()} <= {"github.db", "github.db-wal", "github.db-shm"}
    store.close()


def test_a_refused_issue_leaves_no_trace(home: Path) -> None:
    store = GitHubStore(home)
    with pytest.raises(GitHubError):
        store.open_issue(REPO, "t", labels=["x" * 51])
    assert store.issues(REPO) == []
    store.close()
