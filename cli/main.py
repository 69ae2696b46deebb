"""The `issueops` command: result on stdout, everything else on stderr.

Place in the flow: parses arguments and maps errors to exit codes (0 done, 1 failed or rejected, 2 wrong usage or
invalid input, 3 waits for an operator). One cost: subcommands import late, so `validate` starts without boto3.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli.github_init import add_arguments as add_github
from contracts.errors import IssueOpsError

DEFAULT_HOME = Path(".issueops")
EXAMPLE_DATA = Path(__file__).resolve().parent.parent / "examples" / "data"


def build_parser() -> argparse.ArgumentParser:
    """All subcommands with their arguments."""
    parser = argparse.ArgumentParser(
        prog="issueops", description="A GitHub issue becomes a registered model, on AWS or on this machine."
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, default=DEFAULT_HOME, help="where state lives (default: .issueops)")
    shared.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    shared.add_argument("--language", choices=("en", "ja"), default="en", help="language of comments and pages")
    shared.add_argument("--verbose", action="store_true", help="show the jobs' own log lines")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help_text, description=help_text, parents=[shared])

    run = add("run", "Run an issue from a Markdown file through the whole pipeline.")
    run.add_argument("issue", type=Path, metavar="ISSUE.md")
    run.add_argument("--data", type=Path, default=EXAMPLE_DATA, help="one folder per dataset_id")
    run.add_argument("--reply", action="append", default=[], metavar="TEXT", help="answer when asked; repeatable")
    validate = add("validate", "Check an issue and name every mistake; starts nothing.")
    validate.add_argument("issue", type=Path, metavar="ISSUE.md")
    validate.add_argument("--data", type=Path, default=EXAMPLE_DATA, help="one folder per dataset_id, for dataset.yaml")
    reply = add("reply", "Answer an execution that waits: /retrain NAME=VALUE, /accept, /reject.")
    reply.add_argument("issue_number", type=int)
    reply.add_argument("text")
    resume = add("resume", "Continue what a killed run left unfinished.")
    resume.add_argument("execution", nargs="?", help="execution ARN or id (default: all unfinished)")
    predict = add("predict", "Apply a registered model to the rows of a file.")
    predict.add_argument("model", metavar="MODEL[@VERSION]", help="a registered model, or the path of a model.tar.gz")
    predict.add_argument("file", type=Path, metavar="FILE", help="raw rows: CSV, TSV, Parquet or JSON Lines")
    predict.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help=".csv, .jsonl or .parquet (default: CSV on standard output)"
    )
    predict.add_argument("--with-input", action="store_true", help="write the input's columns, too")
    models = add("models", "List, show, compare, approve, reject and roll back the versions in the model registry.")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", parents=[shared], help="every version, newest first")
    listing.add_argument("model", nargs="?", help="only this model's versions")
    decision = argparse.ArgumentParser(add_help=False)
    decision.add_argument("--reason", default="", help="why, kept with the version")
    decision.add_argument("--by", default="", help="who decides (default: the login name)")
    show = actions.add_parser("show", parents=[shared], help="one version in full")
    approve = actions.add_parser("approve", parents=[shared, decision], help="approve a version for use")
    reject = actions.add_parser("reject", parents=[shared, decision], help="reject a version")
    for sub in (show, approve):
        sub.add_argument("model", metavar="MODEL[@VERSION]")
    reject.add_argument("model", metavar="MODEL@VERSION")
    rollback = actions.add_parser(
        "rollback", parents=[shared, decision], help="put an earlier version in force again, archive the current one"
    )
    rollback.add_argument("model", metavar="MODEL")
    rollback.add_argument("--to", type=int, metavar="VERSION", help="default: the approved one before the current")
    compare = actions.add_parser("compare", parents=[shared], help="metrics of two versions or more, side by side")
    compare.add_argument("model", nargs="+", metavar="MODEL[@VERSION]")
    compare.add_argument("--metric", help="compare by this metric (default: the one that they were judged by)")
    add("definition", "Print the pipeline definition that SageMaker would receive.")
    graph = add("graph", "Print the pipeline as a Mermaid graph.")
    graph.add_argument("execution", nargs="?", help="colour the steps by this execution's statuses")
    serve = add("serve", "Serve the whole loop: issues, runs and models in a browser, webhooks, operator commands.")
    serve.add_argument("--port", type=int, default=8350, help="of the pages (default: 8350; 0 takes a free one)")
    serve.add_argument("--data", type=Path, default=EXAMPLE_DATA, help="one folder per dataset_id")
    serve.add_argument("--max-executions", type=int, default=2, help="as many run at the same time (default: 2)")
    serve.add_argument("--repository", metavar="OWNER/NAME", help="serve this repository; the token in GITHUB_TOKEN")
    serve.add_argument("--poll-seconds", type=int, default=60, help="between two looks at it (default: 60)")
    serve.add_argument("--api-url", default="https://api.github.com", help="of GitHub Enterprise")
    add_github(commands, [shared])
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        with _ended_by_sigterm():
            return _command(arguments.command)(arguments)
    except IssueOpsError as error:
        _report(arguments, str(error), invalid=error.exit_code == 2)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is lost. Continue with: issueops resume", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001 - the process's edge: say what happened, keep the trace
        traceback.print_exc()
        _report(arguments, f"unexpected {type(error).__name__}: {error}", invalid=False)
        return 1


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does, so that its jobs are told to end and can save their work."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(arguments: argparse.Namespace, message: str, *, invalid: bool) -> None:
    """The error on stderr, and with --json the same object as ever, so that readers need one shape only."""
    print(f"issueops: {message}", file=sys.stderr)
    if arguments.json:
        from cli.outcome import Outcome

        status = "Invalid" if invalid else "Failed"
        print(Outcome(status=status, decision=None, next_action=None, message=message).to_json())


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    if name == "validate":
        from cli.validate import validate

        return validate
    if name in ("definition", "graph"):
        from cli import definition

        return definition.print_definition if name == "definition" else definition.print_graph
    if name == "predict":
        from cli.predict import predict

        return predict
    if name == "models":
        from cli.models import models

        return models
    if name == "github":
        from cli.github_init import github_init

        return github_init
    if name == "serve":
        from cli.serve import serve

        return serve
    from cli import commands

    return {"run": commands.run, "reply": commands.reply, "resume": commands.resume}[name]


if __name__ == "__main__":
    sys.exit(main())
