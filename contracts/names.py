"""Names that two rooms or more must agree on: parameters, steps, functions, queues, the layout of the bucket.

Place in the flow: imported everywhere, imports nothing. One cost: renaming a step here recompiles the definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REGION = "us-east-1"
LOCAL_ACCOUNT = "123456789012"
PIPELINE_NAME = "issueops-training"
LOCAL_BUCKET = f"issueops-{REGION}-{LOCAL_ACCOUNT}"
ROLE_NAME = "issueops-execution"
LOCAL_ROLE_ARN = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/{ROLE_NAME}"

# Pipeline parameters.
REPOSITORY = "Repository"
ISSUE_NUMBER = "IssueNumber"
LEARNING_TYPE = "LearningType"
ALGORITHM = "Algorithm"
TASK_TYPE = "TaskType"
DATASET_ID = "DatasetId"
DATASET_URI = "DatasetUri"
DATASET_FINGERPRINT = "DatasetFingerprint"
DATA_CONFIG_URI = "DataConfigUri"
CODE_URI = "CodeUri"
HYPERPARAMETERS = "Hyperparameters"
SEED = "Seed"
EVALUATION_METRIC = "EvaluationMetric"
EVALUATION_THRESHOLD = "EvaluationThreshold"
MAX_RETRY = "MaxRetry"
CURRENT_RETRY = "CurrentRetry"
MODEL_PACKAGE_GROUP_NAME = "ModelPackageGroupName"
MODEL_NAME = "ModelName"
PARENT_EXECUTION_ARN = "ParentExecutionArn"
REQUESTED_BY = "RequestedBy"
IMAGE_URI = "ImageUri"
PROCESSING_IMAGE_URI = "ProcessingImageUri"
CHAMPION_URI = "ChampionUri"
CHAMPION = "Champion"
PROCESSING_INSTANCE_TYPE = "ProcessingInstanceType"
PROCESSING_INSTANCE_COUNT = "ProcessingInstanceCount"
TRAINING_INSTANCE_TYPE = "TrainingInstanceType"
TRAINING_INSTANCE_COUNT = "TrainingInstanceCount"

# What a parameter holds when nobody sets it: the example issue, so that a start from Studio works as it is.
PARAMETER_DEFAULTS: Mapping[str, str | int | float] = MappingProxyType(
    {
        REPOSITORY: "local/issueops",
        ISSUE_NUMBER: 0,
        LEARNING_TYPE: "supervised",
        ALGORITHM: "random_forest",
        TASK_TYPE: "infer",
        DATASET_ID: "penguins",
        DATASET_FINGERPRINT: "unpinned",
        HYPERPARAMETERS: "{}",
        SEED: 42,
        EVALUATION_METRIC: "accuracy",
        EVALUATION_THRESHOLD: 0.9,
        MAX_RETRY: 3,
        CURRENT_RETRY: 0,
        MODEL_PACKAGE_GROUP_NAME: "issueops-models",
        MODEL_NAME: "issueops-model",
        PARENT_EXECUTION_ARN: "none",
        REQUESTED_BY: "unknown",
        CHAMPION: "none",
        PROCESSING_INSTANCE_TYPE: "ml.m5.xlarge",
        PROCESSING_INSTANCE_COUNT: 1,
        TRAINING_INSTANCE_TYPE: "ml.m5.xlarge",
        TRAINING_INSTANCE_COUNT: 1,
    }
)
INFER_TASK = "infer"
NO_PARENT = "none"
NO_CHAMPION = "none"
MAX_PARAMETER_CHARACTERS = 1024

# Steps.
PREPARE_DATA = "PrepareData"
TRAIN_MODEL = "TrainModel"
EVALUATE_MODEL = "EvaluateModel"
JUDGE_RESULTS = "JudgeResults"
REGISTER_MODEL = "RegisterModel"
WRITE_HISTORY = "WriteHistory"
NOTIFY_SUCCESS = "NotifySuccess"
CHECK_RETRY_LIMIT = "CheckRetryLimit"
WAIT_FOR_OPERATOR_INPUT = "WaitForOperatorInput"
OPERATOR_DECISION = "OperatorDecision"
RETRAIN_MODEL = "RetrainModel"
OPERATOR_ACCEPTS = "OperatorAccepts"
REGISTER_ACCEPTED_MODEL = "RegisterAcceptedModel"
WRITE_ACCEPTED_HISTORY = "WriteAcceptedHistory"
NOTIFY_ACCEPTED = "NotifyAccepted"
ROLLBACK_REJECTED_MODEL = "RollbackRejectedModel"
WRITE_REJECTED_HISTORY = "WriteRejectedHistory"
NOTIFY_REJECTED = "NotifyRejected"
MODEL_REJECTED = "ModelRejected"
ROLLBACK_MODEL = "RollbackModel"
WRITE_FAILED_HISTORY = "WriteFailedHistory"
NOTIFY_FAILURE = "NotifyFailure"
RETRIES_EXHAUSTED = "RetriesExhausted"
NOTIFY_PREPARE_DATA_ERROR = "NotifyPrepareDataError"
NOTIFY_TRAIN_MODEL_ERROR = "NotifyTrainModelError"
NOTIFY_EVALUATE_MODEL_ERROR = "NotifyEvaluateModelError"
REGISTER_STEPS = (REGISTER_MODEL, REGISTER_ACCEPTED_MODEL)

# Property files: what conditions and Lambda inputs read from a step's JSON.
EVALUATION_REPORT = "EvaluationReport"
DATA_METADATA = "DataMetadata"

# Functions and queues.
ISSUE_WEBHOOK_FUNCTION = "issueops-issue-webhook"
ISSUE_POLLER_FUNCTION = "issueops-issue-poller"
START_EXECUTION_FUNCTION = "issueops-start-execution"
EXECUTION_EVENTS_FUNCTION = "issueops-execution-events"
SWEEPER_FUNCTION = "issueops-sweeper"
NOTIFICATION_FUNCTION = "issueops-notification"
HISTORY_WRITER_FUNCTION = "issueops-history-writer"
ROLLBACK_FUNCTION = "issueops-rollback"
RETRAIN_FUNCTION = "issueops-retrain"
OPERATOR_REQUEST_FUNCTION = "issueops-operator-request"
OPERATOR_REPLY_FUNCTION = "issueops-operator-reply"
CALLBACK_QUEUE = "issueops-callbacks"
REQUESTS_QUEUE = "issueops-requests.fifo"
COMMENTS_QUEUE = "issueops-comments.fifo"
EVENTS_QUEUE = "issueops-events.fifo"
HISTORY_QUEUE = "issueops-history"
NOTIFICATIONS_QUEUE = "issueops-notifications"

# Labels on the issue.
LABEL_TRAIN = "mlops:train"
LABEL_RUNNING = "mlops:running"
LABEL_WAITING = "mlops:waiting"
LABEL_SUCCEEDED = "mlops:succeeded"
LABEL_FAILED = "mlops:failed"


def function_arn(region: str, account: str, name: str) -> str:
    """ARN of a Lambda function of this project."""
    return f"arn:aws:lambda:{region}:{account}:function:{name}"


def queue_url(region: str, account: str, name: str) -> str:
    """URL of a queue of this project."""
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


def callback_queue_url(region: str, account: str) -> str:
    """URL of the queue that the Callback step writes to."""
    return queue_url(region, account, CALLBACK_QUEUE)


def dead_letter_queue(name: str) -> str:
    """The queue that keeps what a queue's consumer could not handle."""
    stem = name.removesuffix(".fifo")
    return f"{stem}-dead{name.removeprefix(stem)}"


def execution_arn(account: str, region: str, execution_id: str, pipeline_name: str = PIPELINE_NAME) -> str:
    """ARN of a pipeline execution; the service writes the pipeline's name in lower case."""
    return f"arn:aws:sagemaker:{region}:{account}:pipeline/{pipeline_name.lower()}/execution/{execution_id}"


def execution_display_name(issue_number: int, retry: int) -> str:
    """How an execution is found again from its issue."""
    return f"issue-{issue_number}-retry-{retry}"


def dataset_uri(bucket: str, dataset_id: str) -> str:
    """Prefix that holds one data set's files."""
    return f"s3://{bucket}/datasets/{dataset_id}/"


def code_uri(bucket: str, sha256: str) -> str:
    """Prefix that holds the step bundle of one content address."""
    return f"s3://{bucket}/code/{sha256}/"


def data_config_uri(bucket: str, sha256: str) -> str:
    """Prefix that holds the data preparation settings of one content address."""
    return f"s3://{bucket}/configs/{sha256}/"


def no_champion_uri(bucket: str) -> str:
    """Prefix that stands where a champion's model.tar.gz would: an input needs at least one object."""
    return f"s3://{bucket}/champions/{NO_CHAMPION}/"
