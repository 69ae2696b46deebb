"""One request with all that a view needs: who asks, what there is, how pages are made.

Place in the flow: `WebApp` makes a `Visit` of each request and hands it to the view that the path names. One cost:
none.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from local.web.ports import Ports
from local.web.runs import Runs
from local.web.session import Session, people
from local.web.templating import Templates
from local.web.versions import Models

# What a redirect may announce; the address holds the word only, so that nobody can announce something else.
NOTICES = {
    "commented": "done_commented",
    "opened": "done_opened",
    "edited": "done_edited",
    "closed": "done_closed",
    "reopened": "done_reopened",
    "labelled": "done_labelled",
    "approve": "done_approve",
    "reject": "done_reject",
    "rollback": "done_rollback",
    "account": "done_account",
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

    def text(self, key: str, /, **values: object) -> Markup:
        """What the pages say, escaped."""
        return self.templates.text(key, **values)

    @property
    def runs(self) -> Runs:
        return Runs(self.ports.executions, self.ports.words)

    @property
    def models(self) -> Models:
        return Models(self.ports.registry, self.ports.metrics)

    def page(self, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
        """A whole page."""
        notice = NOTICES.get(self.request.args.get("done", ""))
        common = {
            "session": self.session,
            "people": people(self.ports.github),
            "words": self.ports.words,
            "here": self.request.path,
            "notice": self.text(notice) if notice else "",
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
            raise self.refused(
                HTTPStatus.UNPROCESSABLE_ENTITY, "field_too_long", field=name, most=most, count=len(text)
            )
        return text

    def refused(self, status: HTTPStatus, key: str, /, **values: object) -> RefusedError:
        """To be raised, with the text of a key."""
        return RefusedError(status, self.text(key, **values))

    def not_found(self, key: str, /, **values: object) -> RefusedError:
        """To be raised, with the text of a key."""
        return self.refused(HTTPStatus.NOT_FOUND, key, **values)
