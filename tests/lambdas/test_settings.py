"""A deployment's environment is read at the invocation and its mistakes are named together."""

import pytest

from contracts.errors import ConfigError
from lambdas.settings import load_settings

GOOD = {
    "AWS_REGION": "eu-west-1",
    "ISSUEOPS_BUCKET": "b",
    "ISSUEOPS_PIPELINE": "p",
    "ISSUEOPS_CODE_URI": "s3://b/code/1/",
    "ISSUEOPS_GITHUB_TOKEN_SECRET": "s",
}


def test_what_may_be_left_out_has_defaults():
    settings = load_settings(GOOD)

    assert settings.github_api_url == "https://api.github.com"
    assert settings.language == "en"
    assert (settings.git_commit, settings.bot_login) == ("", "")


def test_all_missing_variables_are_named_at_once():
    with pytest.raises(ConfigError, match=r"lacks ISSUEOPS_BUCKET, ISSUEOPS_PIPELINE, ISSUEOPS_CODE_URI"):
        load_settings({"AWS_REGION": "eu-west-1"})


def test_a_language_without_texts_is_refused():
    with pytest.raises(ConfigError, match="one of en, ja, got 'fr'"):
        load_settings({**GOOD, "ISSUEOPS_LANGUAGE": "fr"})
