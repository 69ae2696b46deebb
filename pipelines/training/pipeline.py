"""The training pipeline: `get_pipeline`, by the convention of AWS's MLOps templates.

prepare -> train -> evaluate -> judge; then the outcomes, and a word on the issue when a job fails. Place in the flow:
called by the console scripts and by the compiler of the shipped definition. One cost: importing the SDK takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.workflow.pipeline_definition_config import PipelineDefinitionConfig
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import Step

from contracts import names
from pipelines import images
from pipelines.deferred_credentials import deferred_session
from pipelines.training.functions import Functions, Known
from pipelines.training.jobs import Jobs, build_jobs
from pipelines.training.outcomes import Outcomes
from pipelines.training.parameters import Parameters
from pipelines.training.settings import settings

UNSET = "unset"
FAILURE_NOTICES: tuple[tuple[str, str, str, tuple[Known, ...]], ...] = (
    (names.NOTIFY_PREPARE_DATA_ERROR, names.PREPARE_DATA, "Notify: data preparation failed", ()),
    (names.NOTIFY_TRAIN_MODEL_ERROR, names.TRAIN_MODEL, "Notify: training failed", ("metadata_uri",)),
    (
        names.NOTIFY_EVALUATE_MODEL_ERROR,
        names.EVALUATE_MODEL,
        "Notify: evaluation failed",
        ("training_job_name", "metadata_uri"),
    ),
)


def get_pipeline(
    region: str,
    sagemaker_project_arn: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str = str(names.PARAMETER_DEFAULTS[names.MODEL_PACKAGE_GROUP_NAME]),
    pipeline_name: str = names.PIPELINE_NAME,
    base_job_prefix: str | None = None,
    processing_instance_type: str = str(names.PARAMETER_DEFAULTS[names.PROCESSING_INSTANCE_TYPE]),
    training_instance_type: str = str(names.PARAMETER_DEFAULTS[names.TRAINING_INSTANCE_TYPE]),
    *,
    account: str | None = None,
    code_uri: str | None = None,
    image_uri: str | None = None,
    sagemaker_session: Session | None = None,
    **_further: object,
) -> Pipeline:
    """Build the pipeline; nothing is sent anywhere.

    Args:
        region: AWS region of images, functions and queue.
        sagemaker_project_arn: SageMaker project; names the account where `account` and `role` do not.
        role: execution role of the jobs.
        default_bucket: bucket of data sets, code and results.
        model_package_group_name: default of the parameter ModelPackageGroupName.
        pipeline_name: name of the pipeline.
        base_job_prefix: job names begin with it; left out, the service names jobs after the execution.
        processing_instance_type: default of the parameter of that name.
        training_instance_type: default of the parameter of that name.
        account: account of functions and queue.
        code_uri: default of the parameter CodeUri.
        image_uri: default of both image parameters; left out, AWS's scikit-learn image of the region.
        sagemaker_session: session for `upsert` and `start`; left out, one for the region.

    Raises:
        DefinitionError: no region.
        ConfigError: no image in this region.
    """
    chosen = settings(
        region=region,
        account=account,
        role=role,
        sagemaker_project_arn=sagemaker_project_arn,
        default_bucket=default_bucket,
        pipeline_name=pipeline_name,
        base_job_prefix=base_job_prefix,
    )
    image = image_uri or images.resolve(images.SKLEARN, region)
    parameters = Parameters(
        {
            names.DATASET_URI: names.dataset_uri(chosen.bucket, str(names.PARAMETER_DEFAULTS[names.DATASET_ID])),
            names.DATA_CONFIG_URI: names.data_config_uri(chosen.bucket, UNSET),
            names.CODE_URI: code_uri or names.code_uri(chosen.bucket, UNSET),
            names.MODEL_PACKAGE_GROUP_NAME: model_package_group_name,
            names.CHAMPION_URI: names.no_champion_uri(chosen.bucket),
            names.IMAGE_URI: image,
            names.PROCESSING_IMAGE_URI: image,
            names.PROCESSING_INSTANCE_TYPE: processing_instance_type,
            names.TRAINING_INSTANCE_TYPE: training_instance_type,
        }
    )
    jobs = build_jobs(chosen, parameters)
    session = sagemaker_session or _session(region, chosen.bucket)
    functions = Functions(chosen, parameters, jobs, session)
    judge = Outcomes(chosen, parameters, jobs, functions).judge()
    return Pipeline(
        name=pipeline_name,
        parameters=parameters.as_list(),
        steps=[jobs.prepare, jobs.train, jobs.evaluate, judge, *_failure_notices(functions, jobs)],
        sagemaker_session=session,
        pipeline_definition_config=PipelineDefinitionConfig(use_custom_job_prefix=bool(base_job_prefix)),
    )


def get_pipeline_custom_tags(
    new_tags: Sequence[Mapping[str, str]], region: str, sagemaker_project_arn: str | None = None
) -> list[dict[str, str]]:
    """The tags to put on the pipeline: those given, and the SageMaker project's where one is named.

    AWS's templates read the project's tags over the network; here the project's name is taken from its ARN, which keeps
    a build offline. `region` is part of the convention only.
    """
    tags = [dict(tag) for tag in new_tags]
    if sagemaker_project_arn:
        known = {tag["Key"] for tag in tags}
        project = {"sagemaker:project-name": sagemaker_project_arn.rsplit("/", 1)[-1]}
        tags += [{"Key": key, "Value": value} for key, value in project.items() if key not in known]
    return tags


def _failure_notices(functions: Functions, jobs: Jobs) -> list[Step]:
    by_name = {step.name: step for step in (jobs.prepare, jobs.train, jobs.evaluate)}
    return [
        functions.step(
            name,
            names.NOTIFICATION_FUNCTION,
            display_name=display_name,
            description="Runs only if the job before it failed; comments on the issue what went wrong.",
            inputs={"notification_type": "error", "failed_step": failed},
            known=known,
            depends_on=[StepDependency(by_name[failed], TriggerCondition.FAILED)],
        )
        for name, failed, display_name, known in FAILURE_NOTICES
    ]


def _session(region: str, bucket: str) -> Session:
    """A session that is not asked for credentials until somebody sends something."""
    return Session(boto_session=deferred_session(region), default_bucket=bucket)
