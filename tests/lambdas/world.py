"""What a test of a handler touches, and the events it sends."""

import json
from dataclasses import dataclass
from typing import Any

from contracts.evaluation_report import EvaluationReport
from local.github import GitHubStore
from tests.lambdas.fakes import FakeS3, FakeSageMaker, FakeSecrets, FakeSqs

REPO = "octo/models"
ISSUE = """algorithm: random_forest
dataset_id: penguins
target: species
hyperparameters: {n_estimators: 1, max_depth: 1}
evaluation_metric: accuracy
evaluation_threshold: 0.95
max_retry: 2
model_name: penguin-species
"""


@dataclass(frozen=True, slots=True)
class World:
    """What the handlers touch."""

    sagemaker: FakeSageMaker
    s3: FakeS3
    secrets: FakeSecrets
    sqs: FakeSqs
    github: GitHubStore

    def bodies(self, number: int) -> list[str]:
        """Comments of an issue, oldest first."""
        return [comment.body for comment in self.github.comments(REPO, number)]

    def sent(self, queue: str) -> list[dict[str, Any]]:
        """Bodies of the messages that were put on a queue."""
        return [json.loads(entry["MessageBody"]) for entry in self.sqs.sent.get(queue, [])]

    def labels(self, number: int) -> set[str]:
        return {label.name for label in self.github.issue(REPO, number).labels}

    def reactions(self, comment_id: int) -> set[str]:
        return {reaction.content for reaction in self.github.reactions(REPO, "comment", comment_id)}


def records(*bodies: object) -> dict[str, Any]:
    """An SQS event; message ids are m0, m1, …; text is taken as it is."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {"Records": [{"messageId": f"m{i}", "receiptHandle": "r", "body": t} for i, t in enumerate(texts)]}


def common(number: int, execution_arn: str) -> dict[str, Any]:
    """What every Lambda step and the operator's question are told; numbers as they come from parameters."""
    return {
        "execution_arn": execution_arn,
        "execution_id": execution_arn.rsplit("/", 1)[-1],
        "repository": REPO,
        "issue_number": number,
        "current_retry": 0,
        "max_retry": 2,
        "algorithm": "random_forest",
        "dataset_id": "penguins",
        "model_name": "penguin-species",
        "model_package_group_name": "penguin-species",
        "evaluation_metric": "accuracy",
        "evaluation_threshold": 0.95,
        "hyperparameters": '{"max_depth":1,"n_estimators":1}',
        "training_job_name": f"pipelines-job-{number}",
        "evaluation_uri": "s3://bucket/evaluation.json",
        "metadata_uri": "s3://bucket/metadata.json",
    }


def report(accuracy: float) -> bytes:
    """An evaluation.json."""
    return (
        EvaluationReport(
            metric="accuracy",
            threshold=0.95,
            metrics={"accuracy": accuracy, "f1": 0.9},
            group="multiclass_classification_metrics",
            baseline={"dummy": {"accuracy": 0.44}},
        )
        .to_json()
        .encode()
    )


PNG = b"\x89PNG\r\n\x1a\n"
# As EvaluateModel writes it: some metrics, a dummy, a champion, slices, importances, plots, findings.
WHOLE_REPORT: dict[str, Any] = EvaluationReport(
    metric="f1_macro",
    threshold=0.9,
    metrics={
        "accuracy": 0.97, "balanced_accuracy": 0.96, "precision": 0.95, "recall": 0.94, "f1": 0.93, "f1_macro": 0.92,
        "auc_roc": 0.99, "log_loss": 0.1, "brier": 0.05,
    },
    group="multiclass_classification_metrics",
    deviations={"f1_macro": 0.0123, "accuracy": 0.01},
    baseline={"dummy": {"f1_macro": 0.2, "accuracy": 0.44, "brier": 0.6}},
).to_mapping() | {
    "champion": {
        "reference": "penguin-species@3",
        "outcome": "better",
        "verdict": "Better than penguin-species@3: f1_macro is 0.92 against 0.9.",
        "difference": {"value": 0.02, "standard_deviation": 0.005},
        "metrics": {"f1_macro": {"value": 0.9, "standard_deviation": 0.02}},
        "remarks": ["It may have seen some of these test rows."],
    },
    "slices": [
        {"column": "island", "level": "<b>Dream</b> | x", "rows": 12, "metric": "f1_macro", "value": 0.7,
         "standard_deviation": 0.1, "gap": -0.22},
    ],
    "importances": [
        {"column": "year", "value": 0.0, "standard_deviation": 0.0},
        {"column": "mass", "value": 0.1, "standard_deviation": 0.02},
        {"column": "bill", "value": 0.3, "standard_deviation": 0.01},
    ],
    "plots": ["calibration", "roc_curve", "confusion_matrix", "precision_recall", "champion"],
    "findings": [
        {"id": "leak", "severity": "warning", "message": "'x' <script> gives the target away.", "remedy": "Drop it."},
        {"id": "rare", "severity": "info", "message": "Rare levels were merged.", "remedy": ""},
    ],
}  # fmt: skip


def whole_report(**members: Any) -> bytes:
    """An evaluation.json with everything in it, some members replaced."""
    return json.dumps(WHOLE_REPORT | members).encode()
