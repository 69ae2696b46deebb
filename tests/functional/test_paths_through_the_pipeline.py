"""Whole issues through real subprocesses: pass, retrain then pass, accept, reject, retries exhausted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

WEAK = {"trees": 1, "depth": 1}


def git(home: Path, *arguments: str) -> str:
    repository = home / "github" / "local" / "issueops.git"
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=True).stdout


def names_of(steps: list[dict[str, object]], status: str = "Succeeded") -> list[object]:
    return [s["name"] for s in steps if s["status"] == status]


def test_a_good_model_is_registered_and_its_history_committed(issueops, write_issue):
    result = issueops("run", write_issue())

    assert result.code == 0, result.stderr
    out = result.json
    assert out["status"] == "Succeeded"
    assert out["decision"] == "registered"
    assert out["next_action"] == "approve"
    assert out["evaluation"]["accuracy"] >= 0.95
    assert out["model_version"] == 1
    assert out["model_package_arn"].endswith(":model-package/penguin-species/1")
    assert names_of(out["steps"]) == [
        "PrepareData", "TrainModel", "EvaluateModel", "JudgeResults", "RegisterModel", "WriteHistory", "NotifySuccess",
    ]  # fmt: skip
    assert Path(out["report_path"]).read_text(encoding="utf-8").startswith("<!")
    history = git(issueops.home, "show", f"main:{out['history_path']}")
    assert out["training_job_name"] in history
    assert "n_estimators" in history
    thread = Path(out["issue_path"]).read_text(encoding="utf-8")
    assert "0.95" in thread


def test_the_second_run_takes_its_data_from_the_cache(issueops, write_issue):
    issueops("run", write_issue())
    second = issueops("run", write_issue(trees=60))

    hits = {s["name"]: s["cache_hit"] for s in second.json["steps"]}
    assert hits["PrepareData"] is True
    assert hits["TrainModel"] is False
    assert second.json["model_version"] == 2


def test_changed_data_is_prepared_anew(issueops, write_issue, tmp_path):
    data = tmp_path / "data" / "penguins"
    data.mkdir(parents=True)
    source = Path(__file__).parents[2] / "examples/data/penguins/penguins.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    (data / "penguins.csv").write_text("".join(lines), encoding="utf-8")
    issueops("run", write_issue(), "--data", str(data.parent))
    (data / "penguins.csv").write_text("".join(lines[:-20]), encoding="utf-8")

    second = issueops("run", write_issue(), "--data", str(data.parent))

    assert {s["name"]: s["cache_hit"] for s in second.json["steps"]}["PrepareData"] is False


def test_a_weak_model_waits_and_a_retrain_passes(issueops, write_issue):
    waiting = issueops("run", write_issue(**WEAK))
    assert waiting.code == 3
    assert waiting.json["status"] == "Waiting"
    assert waiting.json["model_package_arn"] is None

    passed = issueops("reply", str(waiting.json["issue_number"]), "/retrain n_estimators=50 max_depth=8")

    assert passed.code == 0, passed.stderr
    assert passed.json["retries"] == 1
    assert passed.json["model_version"] == 1
    assert {s["name"]: s["cache_hit"] for s in passed.json["steps"]}["PrepareData"] is True
    assert passed.json["execution_arn"] != waiting.json["execution_arn"]


def test_replies_given_in_advance_are_used_in_turn(issueops, write_issue):
    result = issueops("run", write_issue(**WEAK), "--reply", "/retrain n_estimators=50 max_depth=8")

    assert result.code == 0, result.stderr
    assert result.json["retries"] == 1


def test_an_accepted_model_is_registered_although_below_the_threshold(issueops, write_issue):
    result = issueops("run", write_issue(**WEAK), "--reply", "/accept good enough for the demo")

    assert result.code == 0, result.stderr
    assert result.json["decision"] == "accepted"
    assert result.json["model_version"] == 1


def test_a_rejected_model_is_not_registered_and_the_execution_fails(issueops, write_issue):
    result = issueops("run", write_issue(**WEAK), "--reply", "/reject not good enough")

    assert result.code == 1
    assert result.json["status"] == "Failed"
    assert result.json["decision"] == "rejected"
    assert result.json["model_package_arn"] is None
    assert issueops("models", "list").json == []
    assert result.json["history_path"] is not None


def test_when_no_retry_is_left_the_previous_model_stays(issueops, write_issue):
    issueops("run", write_issue())
    failed = issueops("run", write_issue(**WEAK, max_retry=0))

    assert failed.code == 1
    assert failed.json["decision"] == "failed"
    assert [m["version"] for m in issueops("models", "list").json] == [1]
    assert "RollbackModel" in names_of(failed.json["steps"])
    thread = Path(failed.json["issue_path"]).read_text(encoding="utf-8")
    assert "penguin-species" in thread


def test_retries_are_counted_until_none_is_left(issueops, write_issue):
    weak_again = "/retrain n_estimators=1 max_depth=1"
    result = issueops("run", write_issue(**WEAK, max_retry=1), "--reply", weak_again)

    assert result.code == 1
    assert result.json["retries"] == 1
    assert result.json["decision"] == "failed"


def test_a_wrong_reply_changes_nothing_and_names_the_mistake(issueops, write_issue):
    waiting = issueops("run", write_issue(**WEAK))
    number = str(waiting.json["issue_number"])

    refused = issueops("reply", number, "/retrain n_estimatorz=50 max_depth=deep")

    assert refused.code == 2
    assert "n_estimators" in refused.stderr
    assert "max_depth" in refused.stderr
    assert refused.json["status"] == "Waiting"
    assert issueops("reply", number, "/accept").code == 0


def test_an_invalid_issue_gets_one_comment_with_every_mistake_and_starts_nothing(issueops, tmp_path):
    path = tmp_path / "bad.md"
    path.write_text(
        "algorithm: random_forrest\ndataset_id: penguins\ntarget: species\nevaluation_treshold: 3\n",
        encoding="utf-8",
    )
    result = issueops("run", str(path))

    assert result.code == 2
    assert result.json["status"] == "Invalid"
    messages = " ".join(f["message"] for f in result.json["findings"])
    assert "random_forest" in messages
    assert "evaluation_threshold" in messages
    assert result.json["execution_arn"] is None
    thread = Path(result.json["issue_path"]).read_text(encoding="utf-8")
    assert "evaluation_treshold" in thread


def test_an_unknown_data_set_names_the_ones_there_are(issueops, tmp_path):
    path = tmp_path / "issue.md"
    path.write_text(
        "algorithm: random_forest\ndataset_id: pengins\ntarget: species\nevaluation_threshold: 0.9\n"
        "evaluation_metric: accuracy\n",
        encoding="utf-8",
    )
    result = issueops("run", str(path))

    assert result.code == 2
    assert "penguins" in result.json["message"]


def test_a_missing_target_fails_with_its_reason_on_the_issue(issueops, tmp_path):
    path = tmp_path / "issue.md"
    path.write_text(
        "algorithm: random_forest\ndataset_id: penguins\ntarget: specis\nevaluation_threshold: 0.9\n"
        "evaluation_metric: accuracy\n",
        encoding="utf-8",
    )
    result = issueops("run", str(path))

    assert result.code == 1
    assert "specis" in result.json["message"]
    assert "NotifyPrepareDataError" in names_of(result.json["steps"])
    failed = next(step for step in result.json["steps"] if step["name"] == "PrepareData")
    assert (failed["type"], failed["status"]) == ("Processing", "Failed")
    assert "specis" in Path(result.json["issue_path"]).read_text(encoding="utf-8")


def test_a_model_is_approved_with_who_and_why(issueops, write_issue):
    issueops("run", write_issue())

    approved = issueops("models", "approve", "penguin-species@1", "--by", "ada", "--reason", "checked on the island")
    shown = issueops("models", "show", "penguin-species@1")

    assert approved.code == 0
    assert shown.json["status"] == "Approved"
    assert "ada" in json.dumps(shown.json)
    assert "checked on the island" in json.dumps(shown.json)
    assert [m["status"] for m in issueops("models", "list").json] == ["Approved"]


def test_regression_passes_when_the_error_is_below_the_threshold(issueops, tmp_path):
    path = tmp_path / "issue.md"
    path.write_text(
        "algorithm: linear_regression\ndataset_id: penguins\ntarget: body_mass_g\nevaluation_metric: rmse\n"
        "evaluation_threshold: 500\n",
        encoding="utf-8",
    )
    result = issueops("run", str(path))

    assert result.code == 0, result.stderr
    assert result.json["evaluation"]["rmse"] < 500


def test_comments_are_japanese_where_that_is_asked(issueops, write_issue):
    result = issueops("run", write_issue(), "--language", "ja")

    thread = Path(result.json["issue_path"]).read_text(encoding="utf-8")
    assert any("\u3040" <= character <= "\u30ff" for character in thread)
