"""The model registry: every model, one with its versions, and the buttons that decide.

Place in the flow: approve, reject and roll back are the registry's own functions, handed in; the issue hears of them
by the registry's event, as when somebody decides in Studio. One cost: deciding needs an account that may write.
"""

from __future__ import annotations

from http import HTTPStatus

from werkzeug.wrappers import Response

from local.web.ports import ActionRefusedError
from local.web.versions import Model
from local.web.visit import Visit

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
        raise visit.not_found("no_decision")
    found = _found(visit, model)
    login = visit.session.account.login
    if not visit.session.may_write:
        raise visit.refused(HTTPStatus.FORBIDDEN, "may_not_decide", login=login)
    version = visit.field("to" if action == "rollback" else "version", 9)
    reason = " ".join(visit.field("reason", MAX_REASON).split())
    if version and not (version.isascii() and version.isdigit()):
        raise visit.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "version_is_number")
    actions = visit.ports.actions
    try:
        if action == "rollback":
            actions.rollback(found.name, int(version) if version else None, by=login, reason=reason)
        elif not version:
            raise visit.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "which_version")
        else:
            decide = actions.approve if action == "approve" else actions.reject
            decide(found.name, int(version), by=login, reason=reason)
    except ActionRefusedError as error:
        refusal = visit.text("registry_refused", reason=error)
        return visit.page(
            "model.html", status=HTTPStatus.CONFLICT, model=_found(visit, model), reason=reason, error=refusal
        )
    return visit.redirect(f"/models/{found.name}", action)


def _found(visit: Visit, name: str) -> Model:
    model = visit.models.find(name)
    if model is None:
        raise visit.not_found("no_model", name=name[:63])
    return model
