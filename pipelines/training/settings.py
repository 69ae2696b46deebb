"""What a build of the pipeline depends on: account, region, bucket, role and the names an installation chose.

Place in the flow: `get_pipeline` fills it once; every module that builds steps reads it. One cost: where nobody says
which account the functions live in, the stand-in account of a local installation is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts import names
from contracts.errors import DefinitionError

_ARN_ACCOUNT = re.compile(r"^arn:[^:]+:[^:]+:[^:]*:(\d{12}):")


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation of the pipeline; all of it ends up in the definition."""

    region: str
    account: str
    role: str
    bucket: str
    pipeline_name: str
    base_job_prefix: str | None

    def function_arn(self, name: str) -> str:
        """ARN of one of this installation's Lambda functions."""
        return names.function_arn(self.region, self.account, name)

    @property
    def callback_queue_url(self) -> str:
        """Queue that asks the operator."""
        return names.callback_queue_url(self.region, self.account)


def account_of(*arns: str | None) -> str | None:
    """The account of the first ARN that names one."""
    for arn in arns:
        match = _ARN_ACCOUNT.match(arn or "")
        if match:
            return match.group(1)
    return None


def settings(
    *,
    region: str,
    account: str | None,
    role: str | None,
    sagemaker_project_arn: str | None,
    default_bucket: str | None,
    pipeline_name: str,
    base_job_prefix: str | None,
) -> Settings:
    """Fill in what was left out: account from the role or project ARN, bucket and role by this project's naming.

    Raises:
        DefinitionError: no region.
    """
    if not region:
        raise DefinitionError("region is empty; name the AWS region of the pipeline, for example 'us-east-1'.")
    known = account or account_of(role, sagemaker_project_arn) or names.LOCAL_ACCOUNT
    return Settings(
        region=region,
        account=known,
        role=role or f"arn:aws:iam::{known}:role/{names.ROLE_NAME}",
        bucket=default_bucket or f"issueops-{region}-{known}",
        pipeline_name=pipeline_name,
        base_job_prefix=base_job_prefix,
    )
