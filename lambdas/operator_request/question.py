"""The question to the operator, in words: how the model did, by when to answer, and with which commands.

Place in the flow: the handler delivers it; operator_reply finds its comment again, because an answer counts only where
it was written below the question. Pure. One cost: who trains with many hyperparameters is shown the first ones only.
"""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta

from contracts.algorithms import ALGORITHMS
from contracts.evaluation_report import EvaluationReport
from contracts.messages import message
from lambdas.channels import Notification
from lambdas.question import KIND, scope
from lambdas.report_text import UNKNOWN, data_warnings
from lambdas.run_comment import run_comment
from lambdas.run_facts import RunFacts

MAX_EXAMPLES = 6
# What may stand in an example as it is; a value outside it is left out rather than escaped.
_PLAIN = re.compile(r"[A-Za-z0-9_.,+\[\] '-]{1,80}")


def question(
    facts: RunFacts,
    report: EvaluationReport | None,
    language: str,
    *,
    token: str,
    asked: datetime | None,
    expire_after: timedelta | None,
    url: str,
) -> Notification:
    """The notification.

    Args:
        asked: when the step began to wait; None where the service does not say yet.
        expire_after: from there to the end of patience; None for none.
    """
    parts = [run_comment("operator_question", language, facts, report)]
    if report is not None:
        parts.append(data_warnings(report, language))
    parts.append(_until(asked, expire_after, language))
    for name, example in examples(facts, report).items():
        parts += [message(f"question_{name}", language), f"```\n{example}\n```"]
    return Notification.from_markdown(
        "\n\n".join(part for part in parts if part),
        kind=KIND,
        repository=facts.repository,
        issue_number=facts.issue_number,
        url=url,
        key=scope(facts.execution_arn, token),
        fields={"execution_arn": facts.execution_arn, "model_name": facts.model_name},
    )


def examples(facts: RunFacts, report: EvaluationReport | None) -> dict[str, str]:
    """The three commands, by name, ready to be copied: this run's own hyperparameters, and reasons with its figures."""
    measured = report.metrics.get(facts.evaluation_metric) if report is not None else None
    value = UNKNOWN if measured is None else f"{measured:.4g}"
    metric = facts.evaluation_metric if re.fullmatch(r"[A-Za-z0-9_]{1,60}", facts.evaluation_metric) else "metric"
    return {
        "retrain": f"/retrain {_assignments(facts)}",
        "accept": f"/accept {metric} {value} is good enough, because …",
        "reject": f"/reject {metric} {value} is too far from {facts.evaluation_threshold:g}",
    }


def _until(asked: datetime | None, expire_after: timedelta | None, language: str) -> str:
    if asked is None or expire_after is None:
        return message("question_open", language)
    until = f"{(asked + expire_after).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return message("question_until", language, until=until)


def _assignments(facts: RunFacts) -> str:
    """`max_depth=1 n_estimators=1`; where the run used defaults only, the algorithm's first ones."""
    try:
        given = json.loads(facts.hyperparameters)
    except (ValueError, RecursionError):
        given = {}
    algorithm = ALGORITHMS.get(facts.algorithm)
    rows = [row for row in algorithm.hyperparameters if row.default is not None] if algorithm is not None else []
    values = given if isinstance(given, dict) and given else {row.name: row.default for row in rows[:2]}
    words = [_assignment(str(name), value) for name, value in values.items()]
    return " ".join([word for word in words if word][:MAX_EXAMPLES]) or "NAME=VALUE"


def _assignment(name: str, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", name) is None or _PLAIN.fullmatch(text) is None:
        return ""
    return f"{name}={shlex.quote(text) if isinstance(value, str) else text}"
