"""The model registry: every model, one with its versions, and the buttons that decide.

Place in the flow: approve, reject and roll back are the registry's own functions, handed in; the issue hears of them
by the registry's event, as when somebody decides in Studio. One cost: deciding needs an account that may write.
"""

from __future__ import annotations

from http import HTTPStatus

from werkzeug.wrappers import Response

from local.web.ports import ActionRefusedError
from local.web.versions import Model
from local.web.visit import RefusedError, Visit

MAX_REASON = 500
_ACTIONS = ("approve", "reject", "rollback")


def listing(visit: Visit) -> Response:
    """All models."""
    return visit.page("models.html", models=visit.models.all())


def show(visit: Visit, model: str) -> Response:
    """One model with its versions."""
    return visit.page("model.html", model=_found(visit, model), reason="")


def act(visit: Visit, model: str, action: str) -> Response:
    """Approve, reject or roll back."""
    if action not in _ACTIONS:
        raise visit.not_found("such decision")
    found = _found(visit, model)
    login = visit.session.account.login
    if not visit.session.may_write:
        raise RefusedError(HTTPStatus.FORBIDDEN, f"{login} may only read; deciding needs an account that may write.")
    version = visit.field("to" if action == "rollback" else "version", 9)
    reason = " ".join(visit.field("reason", MAX_REASON).split())
    if version and not (version.isascii() and version.isdigit()):
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "A version is a number.")
    actions = visit.ports.actions
    try:
        if action == "rollback":
            actions.rollback(found.name, int(version) if version else None, by=login, reason=reason)
        elif not version:
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "Which version? Name it.")
        else:
            decide = actions.approve if action == "approve" else actions.reject
            decide(found.name, int(version), by=login, reason=reason)
    except ActionRefusedError as error:
        return visit.page(
            "model.html", status=HTTPStatus.CONFLICT, model=_found(visit, model), reason=reason, error=str(error)
        )
    return visit.redirect(f"/models/{found.name}", action)


def _found(visit: Visit, name: str) -> Model:
    model = visit.models.find(name)
    if model is None:
        raise visit.not_found(f"model {name[:63]}")
    return model
