"""Labels of a repository, and who may use them."""

import pytest
from github import GithubException
from github.Repository import Repository

from local.github import Account, GitHubApp
from local.github.records import Permission
from tests.local.github.conftest import Client

REPO = "octo/models"


def test_a_label_is_made_with_its_looks_changed_and_deleted(repo: Repository) -> None:
    made = repo.create_label("mlops:train", "1d76db", "Train a model")
    assert (made.name, made.color, made.description) == ("mlops:train", "1d76db", "Train a model")
    made.edit("mlops:retrain", "0e8a16", "Train it again")
    changed = repo.get_label("mlops:retrain")
    assert (changed.color, changed.description) == ("0e8a16", "Train it again")
    changed.delete()
    assert list(repo.get_labels()) == []


def test_a_renamed_label_stays_on_its_issues_and_a_deleted_one_leaves_them(repo: Repository, app: GitHubApp) -> None:
    issue = repo.create_issue("t", labels=["a", "b"])
    repo.get_label("a").edit("z", "ededed")
    assert [label.name for label in repo.get_issue(issue.number).labels] == ["b", "z"]
    repo.get_label("z").delete()
    assert [label.name for label in repo.get_issue(issue.number).labels] == ["b"]
    assert "labels: `b`" in app.store.issue_path(REPO, issue.number).read_text()


@pytest.mark.parametrize(
    ("color", "description"), [("red", ""), ("12345g", ""), ("1234567", ""), ("123456", "x" * 101)]
)
def test_labels_that_github_refuses_are_refused(repo: Repository, color: str, description: str) -> None:
    with pytest.raises(GithubException) as refused:
        repo.create_label("l", color, description)
    assert refused.value.status == 422


def test_a_label_cannot_take_the_name_of_another(repo: Repository) -> None:
    repo.create_label("a", "ededed")
    with pytest.raises(GithubException, match="already_exists"):
        repo.create_label("b", "ededed").edit("A", "ededed")


@pytest.mark.parametrize(
    ("permission", "legacy"),
    [
        ("admin", "admin"),
        ("maintain", "write"),
        ("write", "write"),
        ("triage", "read"),
        ("read", "read"),
        ("none", "none"),
    ],
)
def test_the_role_is_told_beside_the_old_word_for_it(
    repo: Repository, app: GitHubApp, permission: Permission, legacy: str
) -> None:
    app.store.save_account(Account("ada", permission=permission))
    assert repo.get_collaborator_role_name("ada") == permission
    assert repo.get_collaborator_permission("ada") == legacy


def test_triage_may_label_and_close_the_issues_of_others_but_not_rewrite_them(client: Client, app: GitHubApp) -> None:
    app.store.save_account(Account("ada", permission="triage"))
    app.store.open_issue(REPO, "t")
    issue = client("ada").get_repo(REPO).get_issue(1)
    issue.add_to_labels("mlops:train")
    issue.edit(state="closed")
    for forbidden in (lambda: issue.edit(title="mine"), lambda: issue.repository.create_label("l", "ededed")):
        with pytest.raises(GithubException) as refused:
            forbidden()
        assert refused.value.status == 403


def test_labels_of_an_issue_form_survive_only_for_those_who_may_label(client: Client, app: GitHubApp) -> None:
    app.store.save_account(Account("eve", permission="read"))
    app.store.save_account(Account("ada", permission="triage"))
    by_eve = client("eve").get_repo(REPO).create_issue("t", labels=["mlops:train"])
    by_ada = client("ada").get_repo(REPO).create_issue("t", labels=["mlops:train"])
    assert [len(issue.labels) for issue in (by_eve, by_ada)] == [0, 1]
