"""The WSGI application of the pages: who may come in, which view answers, and what every answer carries.

Place in the flow: `issueops serve` constructs it with its `Ports` and serves it. One cost: a page is made anew
for every request; only Markdown and flowcharts are remembered.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.api_errors import ApiError
from local.github.errors import GitHubError, NotFound
from local.web import guard
from local.web.guard import Verdict, judge, secure
from local.web.pages import assets, deliveries, executions, files, issues, models, overview, threads
from local.web.ports import Ports
from local.web.session import TOKEN_FIELD, open_session
from local.web.templating import Templates
from local.web.visit import RefusedError, Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

View = Callable[..., Response]
_REPO = "/<owner>/<name>"
_ISSUE = _REPO + "/issues/<int(max=999999999):number>"

_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/", overview.overview),
    ("GET", "/live", overview.live),
    ("GET", "/about", overview.about),
    ("POST", "/account", overview.act),
    ("GET", "/static/<file>", assets.static),
    ("GET", "/favicon.ico", assets.favicon),
    ("POST", guard.WEBHOOK_PATH, deliveries.deliver),
    ("GET", "/executions", executions.listing),
    ("GET", "/executions/live", executions.listing_live),
    ("GET", "/executions/<execution>", executions.show),
    ("GET", "/executions/<execution>/live", executions.live),
    ("GET", "/executions/<execution>/log/<step>", executions.log),
    ("GET", "/executions/<execution>/log/<step>/live", executions.log_live),
    ("GET", "/jobs/<job>", executions.job),
    ("GET", "/models", models.listing),
    ("GET", "/models/<model>", models.show),
    ("POST", "/models/<model>/<action>", models.act),
    ("GET", _REPO, files.home),
    ("GET", _REPO + "/issues", issues.listing),
    ("GET", _REPO + "/issues/new", issues.draft),
    ("POST", _REPO + "/issues", issues.create),
    ("GET", _ISSUE, threads.show),
    ("GET", _ISSUE + "/live", threads.live),
    ("POST", _ISSUE + "/comments", threads.comment),
    ("POST", _ISSUE + "/edit", threads.edit),
    ("POST", _ISSUE + "/labels", threads.label),
    ("GET", _REPO + "/blob/<ref>/<path:path>", files.blob),
    ("GET", _REPO + "/raw/<ref>/<path:path>", files.raw),
    ("GET", _REPO + "/tree/<ref>", files.tree),
    ("GET", _REPO + "/tree/<ref>/<path:path>", files.tree),
    ("GET", _REPO + "/commit/<ref>", files.tree),
)
_PHRASES = {
    HTTPStatus.FORBIDDEN: "phrase_forbidden",
    HTTPStatus.NOT_FOUND: "phrase_not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "phrase_not_allowed",
    HTTPStatus.CONFLICT: "phrase_conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "phrase_too_large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "phrase_unprocessable",
    HTTPStatus.INTERNAL_SERVER_ERROR: "phrase_broken",
}


class WebApp:
    """The pages over one set of ports.

    Args:
        hosts: names under which the pages may be asked for, without port.
        key: what forms are signed with; random without one, and then forms that were open before a restart are refused.
    """

    def __init__(self, ports: Ports, *, hosts: Collection[str] = guard.LOOPBACK, key: bytes | None = None) -> None:
        self.ports = ports
        self._hosts = frozenset(host.lower() for host in hosts)
        self._key = key or secrets.token_bytes(32)
        self._templates = Templates(ports.words)
        rules = [Rule(path, methods=[method], endpoint=view, strict_slashes=False) for method, path, view in _ROUTES]
        self._routes = Map(rules, merge_slashes=False, redirect_defaults=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = self._respond(request)
        secure(response.headers)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        verdict = judge(request, self._hosts)
        if verdict is Verdict.RELOAD:
            return Response(_RELOAD, content_type="text/html; charset=utf-8")
        if verdict is not Verdict.SERVE:
            message = self._templates.text.plain(verdict.value)
            return Response(f"{message}\n", HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
        delivery = request.path == guard.WEBHOOK_PATH and request.method == "POST"
        request.max_content_length = guard.MAX_DELIVERY_BYTES if delivery else guard.MAX_FORM_BYTES
        request.max_form_memory_size = guard.MAX_FORM_BYTES
        if delivery:
            return deliveries.deliver(request, self.ports)
        visit = Visit(request, self.ports, open_session(request, self._key, self.ports.github), self._templates)
        response = self._answer(visit)
        visit.session.keep(response)
        return response

    def _answer(self, visit: Visit) -> Response:
        try:
            return self._routed(visit)
        except RefusedError as error:
            return _error_page(visit, error.status, error.message)
        except NotFound:
            return _error_page(visit, HTTPStatus.NOT_FOUND, visit.text("no_page"))
        except (GitHubError, ApiError) as error:
            return _error_page(visit, HTTPStatus(error.status), visit.text("refused_because", reason=error.message))
        except MethodNotAllowed:
            return _error_page(visit, HTTPStatus.METHOD_NOT_ALLOWED, visit.text("no_such_request"))
        except RequestEntityTooLarge:
            message = visit.text("form_too_large", most=guard.MAX_FORM_BYTES)
            return _error_page(visit, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        except HTTPException:
            return _error_page(visit, HTTPStatus.NOT_FOUND, visit.text("no_page"))
        except Exception:
            logger.exception("the page %s broke", visit.request.path)
            return _error_page(visit, HTTPStatus.INTERNAL_SERVER_ERROR, visit.text("broke"))

    def _routed(self, visit: Visit) -> Response:
        request = visit.request
        view, arguments = self._routes.bind(request.host).match(request.path, method=request.method)
        if request.method not in guard.READING and not visit.session.owns(request.form.get(TOKEN_FIELD, "")):
            raise visit.refused(HTTPStatus.FORBIDDEN, "out_of_date")
        found = dict(arguments)
        if "owner" in found:
            found["repo"] = f"{found.pop('owner')}/{found.pop('name')}"
        answer: Response = view(visit, **found)
        return answer


def _error_page(visit: Visit, status: HTTPStatus, message: str) -> Response:
    phrase = visit.text(_PHRASES.get(status, "phrase_refused"))
    return visit.page("error.html", status=status, code=status.value, phrase=phrase, message=message)


# A link on another site leads here without our cookies, which are strict; our own page's reload brings them.
_RELOAD = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>issueops</title>'
