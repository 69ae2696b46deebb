"""The errors a user may see, in one tree.

    IssueOpsError
    ├── ConfigError          the issue, a comment or a command line says something that cannot be done
    ├── DataError            the data set cannot be learned from
    ├── DefinitionError      a pipeline definition cannot be compiled, or the service would refuse it
    ├── ArtifactError        a model artefact is damaged, unsafe or of another kind
    ├── RegistryError        the model registry does not hold what was asked for
    └── GitHubError          GitHub refused or could not be reached

Messages name the field, what was expected, what was got, and what to do next.
"""

from __future__ import annotations


class IssueOpsError(Exception):
    """Base of all errors meant for users; `exit_code` is what a command ends with."""

    exit_code = 1


class ConfigError(IssueOpsError):
    """Invalid input: an issue, a comment, an argument."""

    exit_code = 2


class DataError(IssueOpsError):
    """The data set cannot be learned from."""


class DefinitionError(IssueOpsError):
    """A pipeline definition cannot be compiled or would be refused."""

    exit_code = 2


class ArtifactError(IssueOpsError):
    """A model artefact is damaged, unsafe or of another kind."""


class RegistryError(IssueOpsError):
    """The registry does not hold what was asked for."""

    exit_code = 2


class GitHubError(IssueOpsError):
    """GitHub refused the request or could not be reached."""
