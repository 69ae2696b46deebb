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

from local.github.addresses import Addressing, Root
from local.github.callers import caller_of
from local.github.errors import Forbidden, GitHubError
from local.github.exchange import Answer, Exchange, route_path
from local.github.faults import Fault, Faults
from local.github.hook_records import SECONDS_TO_ANSWER
from local.github.hook_sender import HookSender
from local.github.records import BOT, OPERATOR, Account
from local.github.routes import FOR_APPS, ROUTES
from local.github.store import GitHubStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_MAX_REQUEST = 64 * 1024 * 1024


class GitHubApp:
    """A WSGI application over one store.

    Attributes:
        faults: lets requests fail, for tests.
    """

    def __init__(self, store: GitHubStore) -> None:
        self.store = store
        self.faults = Faults()
        self._sender: HookSender | None = None
        rules = [
            Rule(path, methods=[method], endpoint=route, defaults=fixed, strict_slashes=False)
            for method, path, route, fixed in ROUTES
        ]
        self._routes = Map(rules, merge_slashes=False, redirect_defaults=False)

    def token(self, login: str) -> str:
        """The token that acts as this login. Raises NotFound for an unknown one."""
        token = self.store.account(login).token
        assert token is not None  # noqa: S101 - the store makes one up for every account
        return token

    def start_sender(self, *, seconds_to_answer: float = SECONDS_TO_ANSWER) -> None:
        """Begin to send webhooks, first those that an earlier process left in the outbox."""
        if self._sender is None:
            self._sender = self.store.new_sender(seconds_to_answer)
            self._sender.start()

    def wait_for_deliveries(self, seconds: float = 10.0) -> bool:
        """Block until every webhook was delivered; False where some still wait after this time."""
        end = time.monotonic() + seconds
        while self.store.hooks.waiting():
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)
        return True

    def close(self) -> None:
        """Stop sending and close the store; what was not delivered is sent after the next start."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None
        self.store.close()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = _MAX_REQUEST
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        fault = self.faults.of(request.method, route_path(request))
        if fault is not None and not fault.after:
            return _failed(request, fault)
        try:
            response = _response(request, self._answer(request))
        except GitHubError as error:
            body: dict[str, object] = {"message": error.message}
            if error.errors:
                body["errors"] = list(error.errors)
            response = _response(request, Answer(error.status, body))
        except RequestEntityTooLarge:
            response = _response(request, Answer(413, {"message": "Request body is too large"}))
        except HTTPException:
            response = _response(request, Answer(404, {"message": "Not Found"}))
        return response if fault is None else _failed(request, fault)

    def _answer(self, request: Request) -> Answer:
        caller = caller_of(self.store, request.headers.get("Authorization", ""))
        adapter = self._routes.bind(request.host)
        # A HEAD request is answered as GET; the server leaves the body out.
        route, found = adapter.match(route_path(request), method=request.method)
        if caller.app is not None and route not in FOR_APPS:
            raise Forbidden("Resource not accessible by integration")
        arguments = dict(found)
        if "owner" in arguments:
            arguments["repo"] = f"{arguments.pop('owner')}/{arguments.pop('name')}"
            caller.require_reach(arguments["repo"])
        if "name_" in arguments:
            arguments["name"] = arguments.pop("name_")
        to = self.store.addressing.of_request(f"{request.scheme}://{request.host}/api/v3")
        answer: Answer = route(Exchange(request, caller, self.store, to), **arguments)
        return answer


def create_app(
    home_dir: Path,
    token: str | None = None,
    users: Sequence[Account] = (BOT, OPERATOR),
    *,
    html_root: Root | None = None,
    api_root: Root | None = None,
) -> GitHubApp:
    """The stand-in over `home_dir`/github, to be served below /api/v3.

    Args:
        token: the token of the first of `users`, the bot; without one it keeps (or makes up) its own.
        users: the accounts to have.
        html_root: where pages of issues are shown, for every `html_url`; without it the server's root.
        api_root: where the stand-in will be served, for webhooks of changes that no request made; without it the
            address of the last request.
    """
    accounts = list(users)
    if token is not None:
        bot = accounts[0]
        accounts[0] = Account(bot.login, kind=bot.kind, permission=bot.permission, token=token)
    return GitHubApp(GitHubStore(home_dir, accounts, addressing=Addressing(api_root, html_root)))


def _failed(request: Request, fault: Fault) -> Response:
    response = _response(request, Answer(fault.status, {"message": fault.message}))
    response.headers.update(fault.headers)
    return response


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
