"""`issueops github init OWNER/NAME`: prepares a repository: labels, issue forms, the webhook.

Place in the flow: run once for each repository, and again after an update; what is there already stays as it is, and
the answer says what was changed. The token is read from GITHUB_TOKEN. One cost: GitHub never shows a webhook's secret,
so nobody can tell whether the one that is there is still the right one; name it in the environment to set it anew.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from contracts.errors import ConfigError, GitHubError

if TYPE_CHECKING:
    from lambdas.github import GitHub

API_URL = "https://api.github.com"
SECRET_VARIABLE = "GITHUB_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable
EVENTS = ("issues", "issue_comment")
MIN_SECRET_CHARACTERS = 16
_COMMIT_MESSAGE = "Add the issue forms of issueops"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NEEDS = "it needs write access to contents and issues (a fine-grained token: Contents and Issues, read and write)"
_HOOK_NEEDS = "making webhooks needs the role admin (a fine-grained token: Webhooks, read and write)"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done: `made` and `changed` by this run, or `there` before it.

    Attributes:
        labels: by name; made or there. One whose colour or description was set counts as made.
        forms: by path; made, changed or there.
        webhook: made, changed (its secret was set) or there; None where none was asked for.
    """

    repository: str
    labels: Mapping[str, str]
    forms: Mapping[str, str]
    commit: str | None
    webhook: str | None


def add_arguments(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: Sequence[argparse.ArgumentParser]
) -> None:
    """Add `github` with its actions to the command line."""
    text = "Prepare a GitHub repository for issues that train models."
    github = commands.add_parser("github", help=text, description=text)
    actions = github.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = "write issue forms, labels and the webhook into a repository; the token in GITHUB_TOKEN"
    init = actions.add_parser("init", help=text, description=text, parents=list(parents))
    init.add_argument("repository", nargs="?", metavar="OWNER/NAME")
    init.add_argument(
        "--webhook-url", metavar="URL", help=f"where GitHub sends events; the secret in {SECRET_VARIABLE}, or a new one"
    )
    init.add_argument("--api-url", metavar="URL", default=API_URL, help=f"of GitHub Enterprise (default: {API_URL})")
    init.add_argument("--print", type=Path, metavar="DIR", dest="folder", help="only write the forms below a folder")


def github_init(arguments: argparse.Namespace) -> int:
    """Exit 0 when the repository holds all of it.

    Raises:
        ConfigError: an argument or the environment is wrong.
        GitHubError: the repository is unknown, the token may not do it, or GitHub could not be reached.
    """
    from contracts.issue_forms import issue_forms

    forms = issue_forms(arguments.language)
    if arguments.folder is not None:
        return _print_forms(arguments, forms)
    if arguments.repository is None:
        raise ConfigError("name the repository as OWNER/NAME, or a folder with --print.")
    token = os.environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        raise ConfigError(f"GITHUB_TOKEN is not set; {_NEEDS}.")
    hook_url = _checked_url(arguments.webhook_url) if arguments.webhook_url is not None else None
    given = _given_secret() if hook_url is not None else None

    from lambdas.github import GitHub

    github = GitHub(arguments.api_url.rstrip("/"), token)
    try:
        prepared, made_up = _prepare(github, arguments, forms, hook_url=hook_url, secret=given)
    finally:
        github.close()
    _show(prepared, as_json=arguments.json)
    if made_up:
        print(
            f"The webhook's secret, shown this once; the function that receives its deliveries needs it: {made_up}",
            file=sys.stderr,
        )
    return 0


def _prepare(
    github: GitHub, arguments: argparse.Namespace, forms: Mapping[str, str], *, hook_url: str | None, secret: str | None
) -> tuple[Prepared, str]:
    """What was done, and the webhook's secret where one was made up.

    Labels come first, for GitHub leaves out a form's label that the repository does not have.
    """
    from contracts.issue_labels import ISSUE_LABELS

    repository = arguments.repository
    labels = {}
    with _explained(repository, _NEEDS):
        for label in ISSUE_LABELS:
            text = label.description(arguments.language)
            made = github.ensure_label(repository, label.name, color=label.color, description=text)
            labels[label.name] = "made" if made else "there"
        states = {path: _state(github.read_file(repository, path), text) for path, text in forms.items()}
        commit = None
        if set(states.values()) != {"there"}:
            files = {path: text.encode() for path, text in forms.items()}
            commit = github.commit_files(repository, files, message=_COMMIT_MESSAGE).commit_sha
    webhook, made_up = None, ""
    if hook_url is not None:
        with _explained(repository, _HOOK_NEEDS):
            if secret is None and github.has_webhook(repository, url=hook_url):
                webhook = "there"  # its deployment knows its secret; a new one would lock GitHub out
            else:
                made_up = "" if secret else secrets.token_hex(32)
                made = github.ensure_webhook(repository, url=hook_url, secret=secret or made_up, events=EVENTS)
                webhook = "made" if made else "changed"
    return Prepared(repository, labels, states, commit, webhook), made_up


def _state(found: str | None, wanted: str) -> str:
    if found is None:
        return "made"
    return "there" if found == wanted else "changed"


@contextmanager
def _explained(repository: str, needs: str) -> Iterator[None]:
    """Add to GitHub's refusal what it means here."""
    from lambdas.github.failures import status_of

    try:
        yield
    except GitHubError as error:
        meaning = {
            401: "GITHUB_TOKEN is wrong or has expired.",
            403: f"The token may not do this: {needs}.",
            404: f"There is no {repository}, or the token may not see or change it: {needs}.",
        }.get(status_of(error) or 0)
        if meaning is None:
            raise
        raise GitHubError(f"{error} {meaning}") from error


def _checked_url(url: str) -> str:
    """Raises ConfigError unless deliveries would be safe on their way."""
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        return url
    raise ConfigError(f"--webhook-url must begin with https:// (or http://localhost), got '{url[:200]}'.")


def _given_secret() -> str | None:
    """The secret in the environment. Raises ConfigError for one that can be guessed."""
    given = os.environ.get(SECRET_VARIABLE)
    if given is None:
        return None
    secret = given.strip()
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise ConfigError(
            f"{SECRET_VARIABLE} must have {MIN_SECRET_CHARACTERS} characters at least, got {len(secret)}; unset it to "
            "have one made."
        )
    return secret


def _print_forms(arguments: argparse.Namespace, forms: Mapping[str, str]) -> int:
    written = []
    for path, text in forms.items():
        file = arguments.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        written.append(str(file))
    print(json.dumps({"files": written}, ensure_ascii=False, indent=2) if arguments.json else "\n".join(written))
    return 0


def _show(prepared: Prepared, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(prepared), ensure_ascii=False, indent=2))
        return
    rows = [(state, f"label {name}") for name, state in prepared.labels.items()]
    rows += [(state, path) for path, state in prepared.forms.items()]
    if prepared.webhook is not None:
        rows.append((prepared.webhook, "webhook for " + " and ".join(EVENTS)))
    for state, what in rows:
        print(f"{state:8} {what}")
    if prepared.commit is not None:
        print(f"The forms are in commit {prepared.commit} of {prepared.repository}.")
