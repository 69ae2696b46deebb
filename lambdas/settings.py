"""What a function knows of its deployment: environment variables, read at each invocation.

Place in the flow: handlers call `load_settings`; nothing else reads the environment, except `lambdas.aws` for the
two variables of the AWS SDK itself. One cost: a misspelt variable is noticed at the first invocation, not at deploy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.errors import ConfigError
from contracts.messages import LANGUAGES

GITHUB_API_URL = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment.

    Attributes:
        code_uri: prefix of the step bundle that new executions run.
        github_token_secret: Secrets Manager id; the secret is the token, or JSON with a `token`.
        git_commit: commit of this code where the deployment knows it, else empty.
        bot_login: login of our own comments where the token cannot ask for it (GitHub App), else empty.
    """

    region: str
    bucket: str
    pipeline: str
    code_uri: str
    github_api_url: str
    github_token_secret: str
    language: str
    git_commit: str = ""
    bot_login: str = ""


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment.

    Raises:
        ConfigError: variables are missing or wrong; the message names all of them.
    """
    source = os.environ if environment is None else environment
    required = (
        "AWS_REGION",
        "ISSUEOPS_BUCKET",
        "ISSUEOPS_PIPELINE",
        "ISSUEOPS_CODE_URI",
        "ISSUEOPS_GITHUB_TOKEN_SECRET",
    )
    missing = [name for name in required if not source.get(name)]
    if missing:
        raise ConfigError(f"the function's environment lacks {', '.join(missing)}.")
    language = source.get("ISSUEOPS_LANGUAGE") or "en"
    if language not in LANGUAGES:
        raise ConfigError(f"ISSUEOPS_LANGUAGE must be one of {', '.join(LANGUAGES)}, got '{language}'.")
    return Settings(
        region=source["AWS_REGION"],
        bucket=source["ISSUEOPS_BUCKET"],
        pipeline=source["ISSUEOPS_PIPELINE"],
        code_uri=source["ISSUEOPS_CODE_URI"],
        github_api_url=(source.get("ISSUEOPS_GITHUB_API_URL") or GITHUB_API_URL).rstrip("/"),
        github_token_secret=source["ISSUEOPS_GITHUB_TOKEN_SECRET"],
        language=language,
        git_commit=source.get("ISSUEOPS_GIT_COMMIT", ""),
        bot_login=source.get("ISSUEOPS_GITHUB_BOT_LOGIN", ""),
    )
