"""The commands that drive executions: open the stack, act, print the outcome.

Place in the flow: between argument parsing and `cli.run`. One cost: each call starts the local endpoint anew.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from cli.outcome import Outcome, collect
from cli.progress import Progress
from cli.run import executions_of, follow, never_started, run_issue, start
from cli.run import reply as send_reply
from cli.wiring import Deployment, open_stack
from contracts.errors import ConfigError
from contracts.evaluation_context import Measurement
from contracts.evaluation_report import headlines

MAX_OTHER_METRICS = 5


def run(arguments: argparse.Namespace) -> int:
    """`issueops run ISSUE.md`."""
    progress = Progress(verbose=arguments.verbose)
    with open_stack(arguments.home, Deployment(language=arguments.language), on_event=progress) as stack:
        outcome = run_issue(stack, arguments.issue, data=arguments.data, replies=arguments.reply, progress=progress)
        return show(outcome, arguments)


def reply(arguments: argparse.Namespace) -> int:
    """`issueops reply ISSUE_NUMBER TEXT`."""
    progress = Progress(verbose=arguments.verbose)
    with open_stack(arguments.home, Deployment(language=arguments.language), on_event=progress) as stack:
        executions = executions_of(stack, arguments.issue_number)
        if not executions:
            raise ConfigError(f"issue #{arguments.issue_number} has no execution in {arguments.home}.")
        stack.engine.resume()
        newest = executions[0]["PipelineExecutionArn"]
        before = stack.wait(newest)
        answer = send_reply(stack, arguments.issue_number, arguments.text)
        if answer["status"] != "accepted":
            refused = collect(stack, newest, before)
            print(answer["message"], file=sys.stderr)
            show(refused, arguments)
            return 2
        progress.say(str(answer["message"]))
        return show(follow(stack, newest, replies=(), progress=progress), arguments)


def resume(arguments: argparse.Namespace) -> int:
    """`issueops resume [EXECUTION]`: everything unfinished, or one execution.

    With --json one object as ever, that of the worst outcome, with all of them under `executions`.
    """
    progress = Progress(verbose=arguments.verbose)
    with open_stack(arguments.home, Deployment(language=arguments.language), on_event=progress) as stack:
        unfinished = [arn for arn in stack.engine.resume() if _named(arn, arguments.execution)]
        for number in never_started(stack) if arguments.execution is None else ():
            started = start(stack, number)
            if started["execution_arn"] is not None and started["execution_arn"] not in unfinished:
                unfinished.append(started["execution_arn"])
        outcomes: list[Outcome] = []
        for arn in unfinished:
            progress.say(f"Resuming {arn.rsplit('/', 1)[-1]}")
            outcomes.append(follow(stack, arn, replies=(), progress=progress))
        nothing = Outcome("Succeeded", None, None, "Nothing to resume: every execution has ended.")
        worst = max(outcomes, key=lambda outcome: outcome.exit_code, default=nothing)
        if arguments.json:
            every = [dataclasses.asdict(outcome) for outcome in outcomes]
            print(json.dumps({**dataclasses.asdict(worst), "executions": every}, ensure_ascii=False, indent=2))
        else:
            print("\n".join(render(outcome) for outcome in outcomes or [nothing]))
        return worst.exit_code


def show(outcome: Outcome, arguments: argparse.Namespace) -> int:
    """Print the outcome on stdout; returns its exit code."""
    print(outcome.to_json() if arguments.json else render(outcome))
    return outcome.exit_code


def render(outcome: Outcome) -> str:
    """The outcome for a person: what was decided, the scores, and where everything lies."""
    lines = ["", f"{outcome.status}: {outcome.message}", ""]
    if outcome.evaluation:
        lines.append(f"  metrics      {_metrics(outcome)}")
    rows = {
        "model": _model(outcome),
        "training job": outcome.training_job_name,
        "retries": str(outcome.retries) if outcome.execution_arn else None,
        "report": _near(outcome.report_path),
        "issue": _near(outcome.issue_path),
        "history": f"{outcome.history_path} in {_near(outcome.repository_path)}" if outcome.history_path else None,
    }
    lines.extend(f"  {label:<12} {value}" for label, value in rows.items() if value)
    if outcome.next_action == "approve":
        lines += ["", f"Approve it with: issueops models approve {_model_reference(outcome)}"]
    return "\n".join(lines)


def _metrics(outcome: Outcome) -> str:
    """The judged metric with its deviation, and the next few without."""
    judged, values = outcome.evaluation_metric or "", outcome.evaluation
    first = Measurement(values[judged], outcome.evaluation_deviations.get(judged)).text() if judged in values else ""
    others = [name for name in headlines(values, judged) if name != judged][:MAX_OTHER_METRICS]
    return "  ".join([*([f"{judged} {first}"] if first else []), *(f"{name} {values[name]:.4g}" for name in others)])


def _near(path: str | None) -> str | None:
    """A path as seen from the working directory, where it lies below it."""
    if path is None or not Path(path).is_relative_to(Path.cwd()):
        return path
    return str(Path(path).relative_to(Path.cwd()))


def _model(outcome: Outcome) -> str | None:
    if outcome.model_package_arn is None:
        return None
    return f"{_model_reference(outcome)}  (PendingManualApproval)"


def _model_reference(outcome: Outcome) -> str:
    assert outcome.model_package_arn is not None  # noqa: S101 - callers ask only where a model was registered
    group, version = outcome.model_package_arn.split("/")[-2:]
    return f"{group}@{version}"


def _named(arn: str, wanted: str | None) -> bool:
    return wanted is None or wanted in (arn, arn.rsplit("/", 1)[-1])
