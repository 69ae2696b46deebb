"""The WSGI application of the GitHub stand-in: who asks, which route answers, and GitHub's headers around it.

Place in the flow: the local endpoint hands it every request below /api/v3, wherever that prefix ends up
between SCRIPT_NAME and PATH_INFO. Cost: a token is asked for even on the loopback interface, because a web
page in the person's browser can reach that too.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.github import git_routes, issue_routes, repository_routes
from local.github.errors import GitHubError
from local.github.exchange import Answer, Exchange, Route, route_path
from local.github.records import BOT, OPERATOR, Account
from local.github.store import GitHubStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_MAX_REQUEST = 64 * 1024 * 1024
# What SQLite can hold.
_ID = "int(max=9223372036854775807)"
_REPO = "/repos/<owner>/<name>"
_ISSUE = _REPO + f"/issues/<{_ID}:number>"
_COMMENT = _REPO + f"/issues/comments/<{_ID}:comment_id>"

# method, path, route, arguments fixed by the path
_ROUTES: tuple[tuple[str, str, Route, dict[str, str]], ...] = (
    ("GET", "/user", repository_routes.get_user, {}),
    ("GET", "/users/<login>", repository_routes.get_user_by_login, {}),
    ("GET", "/rate_limit", repository_routes.get_rate_limit, {}),
    ("GET", _REPO, repository_routes.get_repository, {}),
    ("GET", _REPO + "/collaborators/<login>/permission", repository_routes.get_permission, {}),
    ("GET", _REPO + "/collaborators/<login>", repository_routes.is_collaborator, {}),
    ("GET", _REPO + "/branches", repository_routes.list_branches, {}),
    ("GET", _REPO + "/branches/<path:name_>", repository_routes.get_branch, {}),
    ("GET", _REPO + "/commits", repository_routes.list_commits, {}),
    ("GET", _REPO + "/commits/<path:ref>", repository_routes.get_commit, {}),
    ("GET", _REPO + "/contents", repository_routes.get_contents, {}),
    ("GET", _REPO + "/contents/<path:path>", repository_routes.get_contents, {}),
    ("PUT", _REPO + "/contents/<path:path>", repository_routes.put_contents, {}),
    ("DELETE", _REPO + "/contents/<path:path>", repository_routes.delete_contents, {}),
    ("POST", _REPO + "/git/blobs", git_routes.create_blob, {}),
    ("POST", _REPO + "/git/trees", git_routes.create_tree, {}),
    ("POST", _REPO + "/git/commits", git_routes.create_commit, {}),
    ("GET", _REPO + "/git/commits/<sha>", git_routes.get_commit, {}),
    ("GET", _REPO + "/git/ref/<path:ref>", git_routes.get_ref, {}),
    ("PATCH", _REPO + "/git/refs/<path:ref>", git_routes.update_ref, {}),
    ("GET", _REPO + "/labels", issue_routes.list_labels, {}),
    ("POST", _REPO + "/labels", issue_routes.create_label, {}),
    ("GET", _REPO + "/labels/<path:name_>", issue_routes.get_label, {}),
    ("GET", _REPO + "/issues", issue_routes.list_issues, {}),
    ("POST", _REPO + "/issues", issue_routes.create_issue, {}),
    ("GET", _REPO + "/issues/comments", issue_routes.list_comments, {}),
    ("GET", _COMMENT, issue_routes.get_comment, {}),
    ("PATCH", _COMMENT, issue_routes.edit_comment, {}),
    ("DELETE", _COMMENT, issue_routes.delete_comment, {}),
    ("GET", _ISSUE, issue_routes.get_issue, {}),
    ("PATCH", _ISSUE, issue_routes.edit_issue, {}),
    ("GET", _ISSUE + "/comments", issue_routes.list_comments, {}),
    ("POST", _ISSUE + "/comments", issue_routes.create_comment, {}),
    ("GET", _ISSUE + "/labels", issue_routes.issue_labels, {}),
    ("POST", _ISSUE + "/labels", issue_routes.add_labels, {}),
    ("PUT", _ISSUE + "/labels", issue_routes.set_labels, {}),
    ("DELETE", _ISSUE + "/labels", issue_routes.clear_labels, {}),
    ("DELETE", _ISSUE + "/labels/<path:name_>", issue_routes.remove_label, {}),
    *(
        (method, _REPO + path + suffix, route, {"subject": subject})
        for path, subject in ((f"/issues/<{_ID}:key>", "issue"), (f"/issues/comments/<{_ID}:key>", "comment"))
        for method, suffix, route in (
            ("GET", "/reactions", issue_routes.list_reactions),
            ("POST", "/reactions", issue_routes.create_reaction),
            ("DELETE", f"/reactions/<{_ID}:reaction_id>", issue_routes.delete_reaction),
        )
    ),
)


class GitHubApp:
    """A WSGI application over one store."""

    def __init__(self, store: GitHubStore) -> None:
        self.store = store
        rules = [
            Rule(path, methods=[method], endpoint=route, defaults=fixed, strict_slashes=False)
            for method, path, route, fixed in _ROUTES
        ]
        self._routes = Map(rules, merge_slashes=False, redirect_defaults=False)

    def token(self, login: str) -> str:
        """The token that acts as this login. Raises NotFound for an unknown one."""
        token = self.store.account(login).token
        assert token is not None  # noqa: S101 - the store makes one up for every account
        return token

    def close(self) -> None:
        self.store.close()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = _MAX_REQUEST
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        account = self._account(request)
        if account is None:
            return _response(request, Answer(401, {"message": "Bad credentials"}))
        try:
            return _response(request, self._answer(request, account))
        except GitHubError as error:
            body: dict[str, object] = {"message": error.message}
            if error.errors:
                body["errors"] = list(error.errors)
            return _response(request, Answer(error.status, body))
        except RequestEntityTooLarge:
            return _response(request, Answer(413, {"message": "Request body is too large"}))
        except HTTPException:
            return _response(request, Answer(404, {"message": "Not Found"}))

    def _account(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in ("token", "bearer") or not token:
            return None
        return self.store.account_of_token(token.strip())

    def _answer(self, request: Request, account: Account) -> Answer:
        adapter = self._routes.bind(request.host)
        # A HEAD request is answered as GET; the server leaves the body out.
        route, found = adapter.match(route_path(request), method=request.method)
        arguments = dict(found)
        if "owner" in arguments:
            arguments["repo"] = f"{arguments.pop('owner')}/{arguments.pop('name')}"
        if "name_" in arguments:
            arguments["name"] = arguments.pop("name_")
        api = f"{request.scheme}://{request.host}/api/v3"
        answer: Answer = route(Exchange(request, account, self.store, api), **arguments)
        return answer


def create_app(home_dir: Path, token: str | None = None, users: Sequence[Account] = (BOT, OPERATOR)) -> GitHubApp:
    """The stand-in over `home_dir`/github, to be served below /api/v3.

    Args:
        token: the token of the first of `users`, the bot; without one it keeps (or makes up) its own.
        users: the accounts to have.
    """
    accounts = list(users)
    if token is not None:
        bot = accounts[0]
        accounts[0] = Account(bot.login, kind=bot.kind, permission=bot.permission, token=token)
    return GitHubApp(GitHubStore(home_dir, accounts))


def _response(request: Request, answer: Answer) -> Response:
    raw = isinstance(answer.body, bytes)
    if isinstance(answer.body, bytes):
        data = answer.body
    else:
        data = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    response = Response(data, status=answer.status, headers=dict(answer.headers))
    response.content_type = "application/vnd.github.raw" if raw else "application/json; charset=utf-8"
    response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex.upper()
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    response.headers["X-RateLimit-Limit"] = "5000"
    response.headers["X-RateLimit-Remaining"] = "4999"
    response.headers["X-RateLimit-Used"] = "1"
    response.headers["X-RateLimit-Reset"] = str(int(time.time()) + 3600)
    response.headers["X-RateLimit-Resource"] = "core"
    if request.method in ("GET", "HEAD") and answer.status == 200:
        response.set_etag(hashlib.sha256(data).hexdigest(), weak=True)
        response.make_conditional(request)
    return response
