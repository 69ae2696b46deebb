"""How long people wait for the loop: from opening an issue or commenting to what they see on it.

Command: `python -m benchmarks.loop`. Everything is real but the jobs: signed deliveries over HTTP, queues on disk,
functions in their processes, the GitHub stand-in's API; the pipeline is one Condition step. Compared is each wait with
that of polling once a minute, which is half a minute on average for the first thing to happen. Cost: none worth naming.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.tables import markdown
from cli.serve import Served, open_served
from cli.wiring import DEFAULT_REPOSITORY, Deployment
from contracts import names

ROUNDS = 15
POLLING_SECONDS = 30.0
DATA = Path(__file__).parents[1] / "examples" / "data"
BODY = """algorithm: random_forest
dataset_id: penguins
target: species
evaluation_metric: accuracy
evaluation_threshold: 0.9
"""


def shortened(definition: str) -> str:
    """The pipeline's parameters, and one step that decides nothing."""
    never = {"Type": "Equals", "LeftValue": "a", "RightValue": "b"}
    arguments = {"Conditions": [never], "IfSteps": [], "ElseSteps": []}
    step = {"Name": "Nothing", "Type": "Condition", "Arguments": arguments}
    return json.dumps({**json.loads(definition), "Steps": [step]})


def waited(began: float, seen: Callable[[], bool]) -> float:
    """Seconds until something is seen."""
    while not seen():
        time.sleep(0.002)
        if time.perf_counter() - began > 60:
            raise RuntimeError("nothing happened within a minute")
    return time.perf_counter() - began


def one_issue(served: Served) -> dict[str, float]:
    """Open an issue, let it end, ask for help on it."""
    github = served.stack.github
    began = time.perf_counter()
    number = github.open_issue(DEFAULT_REPOSITORY, "Penguins", BODY, [names.LABEL_TRAIN])
    first = waited(began, lambda: bool(github.comments(DEFAULT_REPOSITORY, number)))
    done = waited(
        began,
        lambda: names.LABEL_SUCCEEDED in {label.name for label in github.issue(DEFAULT_REPOSITORY, number).labels},
    )
    served.stack.drain()
    began = time.perf_counter()
    comment = github.add_comment(DEFAULT_REPOSITORY, number, "/help", "operator")

    def reacted(content: str) -> bool:
        return content in {found.content for found in github.reactions(DEFAULT_REPOSITORY, "comment", comment)}

    eyes = waited(began, lambda: reacted("eyes"))
    thumbs = waited(began, lambda: reacted("+1"))
    served.stack.drain()
    return {
        "an issue opened → its status comment": first,
        "an issue opened → run ended, labelled, comment final": done,
        "a command → 👀": eyes,
        "a command → 👍": thumbs,
    }


def main() -> None:
    """Print the medians."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_served(Path(folder) / "home", Deployment(), port=0, data=DATA) as served,
    ):
        stack = served.stack
        deployed = stack.engine.describe_pipeline({"PipelineName": names.PIPELINE_NAME})["PipelineDefinition"]
        stack.upsert_pipeline(names.PIPELINE_NAME, shortened(deployed), role_arn=names.LOCAL_ROLE_ARN)
        cold = one_issue(served)
        rounds = [one_issue(served) for _ in range(ROUNDS)]
    rows = []
    for what in cold:
        median, worst = statistics.median(r[what] for r in rounds), max(r[what] for r in rounds)
        ratio = f"{POLLING_SECONDS / median:,.0f}"
        rows.append((what, f"{cold[what]:.2f}", f"{median:.2f}", f"{worst:.2f}", ratio))
    heads = ("from → to", "first s", "median s", f"worst of {ROUNDS} s", "polling once a minute waits longer, times")
    print(markdown(heads, rows))


if __name__ == "__main__":
    main()
