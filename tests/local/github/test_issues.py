"""Issues, comments, labels, reactions and permissions, as PyGithub sees them."""

from datetime import UTC, datetime, timedelta

import pytest
from github import GithubException
from github.Repository import Repository

from local.github import BOT, OPERATOR, Account, GitHubApp

REPO = "octo/models"


def test_an_issue_is_created_read_edited_and_closed(repo: Repository) -> None:
    made = repo.create_issue("Train 🐧", body="algorithm: random_forest", labels=["mlops:train"])
    issue = repo.get_issue(made.number)
    assert (issue.number, issue.title, issue.body) == (1, "Train 🐧", "algorithm: random_forest")
    assert (issue.user.login, issue.user.type) == ("issueops[bot]", "Bot")
    assert [label.name for label in issue.labels] == ["mlops:train"]
    issue.edit(state="closed", body="done")
    closed = repo.get_issue(1)
    assert (closed.state, closed.state_reason, closed.body) == ("closed", "completed", "done")
    assert closed.closed_at is not None
    closed.edit(state="open")
    assert repo.get_issue(1).state == "open"


def test_issues_are_listed_by_state_and_label(repo: Repository) -> None:
    for number in range(4):
        repo.create_issue(f"n{number}", labels=["mlops:train"] if number % 2 else [])
    repo.get_issue(2).edit(state="closed")
    assert [issue.number for issue in repo.get_issues()] == [4, 3, 1]
    assert [issue.number for issue in repo.get_issues(state="all", labels=["MLOPS:train"])] == [4, 2]


def test_labels_are_added_removed_and_created_in_the_repository(repo: Repository) -> None:
    issue = repo.create_issue("t")
    issue.add_to_labels("mlops:running", "mlops:train")
    issue.add_to_labels("mlops:running")
    issue.remove_from_labels("mlops:train")
    assert [label.name for label in issue.get_labels()] == ["mlops:running"]
    assert {label.name for label in repo.get_labels()} == {"mlops:running", "mlops:train"}
    issue.set_labels("mlops:succeeded")
    assert [label.name for label in repo.get_issue(1).labels] == ["mlops:succeeded"]
    assert repo.create_label("mlops:failed", "d73a4a").color == "d73a4a"
    with pytest.raises(GithubException, match="Label does not exist"):
        issue.remove_from_labels("mlops:train")
    with pytest.raises(GithubException, match="already_exists"):
        repo.create_label("MLOPS:failed", "d73a4a")


def test_comments_are_paged_through_the_link_header(repo: Repository, app: GitHubApp) -> None:
    issue = repo.create_issue("t")
    for number in range(65):
        app.store.add_comment(REPO, 1, f"comment {number}", BOT.login)
    assert [comment.body for comment in issue.get_comments()] == [f"comment {n}" for n in range(65)]
    assert issue.get_comments().totalCount == 65
    assert issue.get_comments().reversed[0].body == "comment 64"
    assert repo.get_issue(1).comments == 65


def test_comments_are_edited_and_filtered_by_time(repo: Repository) -> None:
    issue = repo.create_issue("t")
    comment = issue.create_comment("first")
    comment.edit("second")
    assert issue.get_comment(comment.id).body == "second"
    moment = datetime.now(UTC)
    assert issue.get_comments(since=moment - timedelta(minutes=1)).totalCount == 1
    assert issue.get_comments(since=moment + timedelta(minutes=1)).totalCount == 0
    assert comment.html_url.endswith(f"/octo/models/issues/1#issuecomment-{comment.id}")
    assert [each.body for each in repo.get_issues_comments()] == ["second"]
    comment.delete()
    assert issue.get_comments().totalCount == 0


def test_a_comment_may_have_65536_characters_and_no_more(repo: Repository) -> None:
    issue = repo.create_issue("t")
    assert len(issue.create_comment("é" * 65_536).body) == 65_536
    with pytest.raises(GithubException, match="maximum is 65536") as caught:
        issue.create_comment("é" * 65_537)
    assert caught.value.status == 422
    with pytest.raises(GithubException) as caught:
        issue.create_comment("  ")
    assert caught.value.status == 422


def test_the_same_reaction_twice_stays_one(repo: Repository, operator_repo: Repository) -> None:
    comment = repo.create_issue("t").create_comment("/retrain")
    first = comment.create_reaction("eyes")
    assert comment.create_reaction("eyes").id == first.id
    comment.create_reaction("+1")
    operator_repo.get_issue(1).get_comment(comment.id).create_reaction("eyes")
    assert [(each.content, each.user.login) for each in comment.get_reactions()] == [
        ("eyes", BOT.login),
        ("+1", BOT.login),
        ("eyes", OPERATOR.login),
    ]
    comment.delete_reaction(first.id)
    assert comment.get_reactions().totalCount == 2
    with pytest.raises(GithubException):
        comment.create_reaction("thumbs")
    repo.get_issue(1).create_reaction("rocket")
    assert repo.get_issue(1).get_reactions()[0].content == "rocket"


def test_permission_is_told_per_login(repo: Repository, app: GitHubApp) -> None:
    app.store.add_comment(REPO, app.store.open_issue(REPO, "t"), "hello", author="passer-by")
    assert repo.get_collaborator_permission(OPERATOR.login) == "admin"
    assert repo.get_collaborator_permission(BOT.login) == "write"
    assert repo.get_collaborator_permission("passer-by") == "read"
    assert repo.has_in_collaborators(OPERATOR.login)
    assert not repo.has_in_collaborators("passer-by")
    with pytest.raises(GithubException, match="is not a user"):
        repo.get_collaborator_permission("nobody")


def test_an_account_that_may_only_read_cannot_change_labels_files_or_other_peoples_text(
    app: GitHubApp, repo: Repository, client: "object"
) -> None:
    app.store.save_account(Account("passer-by"))
    assert callable(client)
    other: Repository = client("passer-by").get_repo(REPO)
    comment = repo.create_issue("of the bot").create_comment("of the bot")
    issue = other.create_issue("mine", labels=["mlops:train"])
    assert issue.labels == []
    issue.edit(title="still mine")
    for forbidden in (
        lambda: issue.add_to_labels("mlops:train"),
        lambda: other.get_issue(1).edit(state="closed"),
        lambda: other.get_issue(1).get_comment(comment.id).edit("changed"),
        lambda: other.create_file("a.md", "m", "text"),
        lambda: other.get_collaborator_permission(OPERATOR.login),
    ):
        with pytest.raises(GithubException) as caught:
            forbidden()
        assert caught.value.status == 403


def test_the_token_decides_who_acts(client: "object", url: str) -> None:
    assert callable(client)
    assert client(BOT.login).get_user().login == BOT.login
    assert client(OPERATOR.login).get_user().login == OPERATOR.login
