"""`get-pipeline-definition`: print the definition of a module's pipeline, or write it to a file.

Place in the flow: for templates and CI that deploy by definition file. One cost: needs the SageMaker SDK, unlike
`issueops definition`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import IssueOpsError
from pipelines.module_arguments import add_module_arguments, build, keyword_arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 with the definition, 2 without a module name or for invalid input."""
    parser = argparse.ArgumentParser(
        prog="get-pipeline-definition", description="Print the definition of the pipeline that a module builds."
    )
    add_module_arguments(parser)
    parser.add_argument("-f", "--file-name", type=Path, help="write the definition here instead of printing it")
    options = parser.parse_args(arguments)
    if options.module_name is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        definition = build(options.module_name, keyword_arguments(options.kwargs)).definition
        if options.file_name:
            options.file_name.write_text(definition, encoding="utf-8")
        else:
            print(definition)
    except IssueOpsError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"{options.file_name} cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
