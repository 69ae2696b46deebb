"""How models are named on a command line."""

import pytest

from contracts.errors import RegistryError
from registry.references import ModelReference, parse_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("penguin-species", ModelReference("penguin-species")),
        ("penguin-species@2", ModelReference("penguin-species", 2)),
        ("penguin-species@v2", ModelReference("penguin-species", 2)),
        (" m@1 ", ModelReference("m", 1)),
        ("arn:aws:sagemaker:us-east-1:123456789012:model-package/m/3", ModelReference("m", 3)),
    ],
)
def test_a_reference_names_a_model_and_perhaps_a_version(text, expected):
    assert parse_reference(text) == expected


@pytest.mark.parametrize("text", ["", "@1", "m@", "m@0", "m@latest", "-m", "a b", "m@1@2", "x" * 64, "../m", "m\n@1"])
def test_anything_else_is_refused(text):
    with pytest.raises(RegistryError, match="NAME or NAME@VERSION"):
        parse_reference(text)


def test_a_reference_prints_as_it_is_written():
    assert str(ModelReference("m", 3)) == "m@3"
    assert str(ModelReference("m")) == "m"
