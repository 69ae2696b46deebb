"""Routes for issues, comments and reactions. Each checks permission, calls the store and shapes."""

from local.github import accounts, payloads
from local.github.errors import NotFound
from local.github.exchange import Answer, Exchange
from local.github.label_routes import names_of
from local.github.payloads import Json
from local.github.records import Comment, Issue, Subject


def list_issues(at: Exchange, repo: str) -> Answer:
    query = at.request.args
    state = query.get("state", "open")
    labels = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    since = at.since()
    order = "updated_at" if query.get("sort") == "updated" else "created_at"
    found = [
        issue
        for issue in at.store.issues(repo)
        if state in ("all", issue.state)
        and labels <= {label.name.lower() for label in issue.labels}
        and issue.updated_at >= since
        and issue.author.login.lower() == query.get("creator", issue.author.login).lower()
    ]
    found.sort(
        key=lambda issue: (getattr(issue, order), issue.number),
        reverse=query.get("direction", "desc") != "asc",
    )
    return at.page(found, lambda issue: _issue(at, issue))


def create_issue(at: Exchange, repo: str) -> Answer:
    at.store.repository(repo)
    # Like GitHub: without triage permission the labels are dropped, the issue is opened all the same.
    wanted = names_of(at.fields().get("labels", [])) if accounts.may(at.account, "triage") else []
    number = at.store.open_issue(
        repo, at.text("title", ""), at.optional_text("body"), labels=wanted, author=at.account.login
    )
    return Answer(201, _issue(at, at.store.issue(repo, number)))


def get_issue(at: Exchange, repo: str, number: int) -> Answer:
    return Answer(200, _issue(at, at.store.issue(repo, number)))


def edit_issue(at: Exchange, repo: str, number: int) -> Answer:
    fields = at.fields()
    mine = at.store.issue(repo, number).author.id == at.account.id
    if not mine and {"title", "body"} & fields.keys():
        accounts.require_write(at.account)
    if not mine or "labels" in fields:
        accounts.require_triage(at.account)
    changes: dict[str, object] = {}
    for name in ("title", "state", "state_reason"):
        if fields.get(name) is not None:
            changes[name] = at.text(name)
    if "body" in fields:
        changes["body"] = at.optional_text("body")
    if fields.get("labels") is not None:
        changes["labels"] = names_of(fields["labels"])
    return Answer(200, _issue(at, at.store.edit_issue(repo, number, changes, by=at.account.login)))


def list_comments(at: Exchange, repo: str, number: int | None = None) -> Answer:
    query = at.request.args
    since = at.since()
    found = [each for each in at.store.comments(repo, number) if each.updated_at >= since]
    if number is None and "sort" in query:
        order = "updated_at" if query["sort"] == "updated" else "created_at"
        found.sort(key=lambda each: (getattr(each, order), each.id), reverse=query.get("direction") == "desc")
    return at.page(found, lambda comment: _comment(at, comment))


def create_comment(at: Exchange, repo: str, number: int) -> Answer:
    made = at.store.add_comment(repo, number, at.text("body", ""), at.account.login)
    return Answer(201, _comment(at, at.store.comment(repo, made)))


def get_comment(at: Exchange, repo: str, comment_id: int) -> Answer:
    return Answer(200, _comment(at, at.store.comment(repo, comment_id)))


def edit_comment(at: Exchange, repo: str, comment_id: int) -> Answer:
    _require_author_or_write(at, at.store.comment(repo, comment_id))
    return Answer(200, _comment(at, at.store.edit_comment(repo, comment_id, at.text("body", ""), by=at.account.login)))


def delete_comment(at: Exchange, repo: str, comment_id: int) -> Answer:
    _require_author_or_write(at, at.store.comment(repo, comment_id))
    at.store.delete_comment(repo, comment_id, by=at.account.login)
    return Answer(204)


def list_reactions(at: Exchange, repo: str, subject: Subject, key: int) -> Answer:
    wanted = at.request.args.get("content")
    found = [each for each in at.store.reactions(repo, subject, key) if wanted in (None, each.content)]
    return at.page(found, lambda reaction: payloads.reaction(at.to, reaction))


def create_reaction(at: Exchange, repo: str, subject: Subject, key: int) -> Answer:
    content = at.text("content", "")
    reaction, created = at.store.react(repo, subject, key, content=content, author=at.account.login)
    return Answer(201 if created else 200, payloads.reaction(at.to, reaction))


def delete_reaction(at: Exchange, repo: str, subject: Subject, key: int, reaction_id: int) -> Answer:
    mine = {each.id for each in at.store.reactions(repo, subject, key) if each.author.id == at.account.id}
    if reaction_id not in mine:
        raise NotFound
    at.store.delete_reaction(repo, subject, key, reaction_id)
    return Answer(204)


def _issue(at: Exchange, issue: Issue) -> Json:
    reactions = at.store.reactions(issue.repository.full_name, "issue", issue.number)
    return payloads.issue(at.to, issue, reactions)


def _comment(at: Exchange, comment: Comment) -> Json:
    reactions = at.store.reactions(comment.repository.full_name, "comment", comment.id)
    return payloads.comment(at.to, comment, reactions)


def _require_author_or_write(at: Exchange, comment: Comment) -> None:
    if comment.author.id != at.account.id:
        accounts.require_write(at.account)
