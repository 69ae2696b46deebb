"""One request with all that a view needs: who asks, what there is, how pages are made.

Place in the flow: `WebApp` makes a `Visit` of each request and hands it to the view that the path names. One cost:
none.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from werkzeug.wrappers import Request, Response

from local.web.ports import Ports
from local.web.runs import Runs
from local.web.session import Session, people
from local.web.templating import Templates
from local.web.versions import Models

# What a redirect may announce; the address holds the word only, so that nobody can announce something else.
NOTICES = {
    "commented": "Your comment was added.",
    "opened": "The issue was opened.",
    "edited": "The issue was saved.",
    "closed": "The issue was closed.",
    "reopened": "The issue was reopened.",
    "labelled": "The labels were saved.",
    "approve": "The version was approved.",
    "reject": "The version was rejected.",
    "rollback": "The model was rolled back.",
    "account": "You act as somebody else now.",
}


class RefusedError(Exception):
    """A request that gets a page saying why not."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, its session, and the house behind it."""

    request: Request
    ports: Ports
    session: Session
    templates: Templates

    @property
    def runs(self) -> Runs:
        return Runs(self.ports.executions, self.ports.words)

    @property
    def models(self) -> Models:
        return Models(self.ports.registry, self.ports.metrics)

    def page(self, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
        """A whole page."""
        common = {
            "session": self.session,
            "people": people(self.ports.github),
            "words": self.ports.words,
            "here": self.request.path,
            "notice": NOTICES.get(self.request.args.get("done", ""), ""),
            "error": "",
        }
        text = self.templates.page(name, **{**common, **values})
        return Response(text, status=status, content_type="text/html; charset=utf-8")

    def fragment(self, name: str, *, done: bool = False, **values: object) -> Response:
        """A part of a page that is asked for again and again: 304 while nothing changed."""
        text = self.templates.page(name, session=self.session, words=self.ports.words, **values)
        response = Response(text, content_type="text/html; charset=utf-8")
        if done:
            response.headers["X-Live"] = "done"
        response.add_etag()
        response.make_conditional(self.request)
        return response

    def redirect(self, path: str, done: str) -> Response:
        """See the result of a form."""
        base, sign, fragment = path.partition("#")
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"{base}?done={done}{sign}{fragment}"})

    def field(self, name: str, most: int = 65_536) -> str:
        """A form's field, with plain line ends. Raises RefusedError where it is too long."""
        text = self.request.form.get(name, "").replace("\r\n", "\n")
        if len(text) > most:
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} may have {most} characters, not {len(text)}.")
        return text

    def not_found(self, what: str) -> RefusedError:
        """To be raised."""
        return RefusedError(HTTPStatus.NOT_FOUND, f"There is no {what}.")
