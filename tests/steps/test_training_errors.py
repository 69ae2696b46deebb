"""TrainModel and EvaluateModel refuse what the catalogue does not allow."""

from __future__ import annotations

from .conftest import Run, Workshop


def test_every_wrong_hyperparameter_is_named_in_one_line(workshop: Workshop, penguins: Run) -> None:
    failed = workshop.train(penguins.prepared, "random_forest", n_estimators=0, max_dept=3)
    assert failed.status == 1
    assert "hyperparameters.n_estimators must be" in failed.failure
    assert "hyperparameters.max_dept is unknown" in failed.failure
    assert "\n" not in failed.failure


def test_algorithm_that_does_not_fit_the_target_is_refused(workshop: Workshop, penguins: Run) -> None:
    failed = workshop.train(penguins.prepared, "linear_regression")
    assert failed.status == 1
    assert "'linear_regression' does not do classification" in failed.failure


def test_metric_of_another_task_is_refused(workshop: Workshop, penguins: Run) -> None:
    failed = workshop.evaluate(penguins.prepared, penguins.trained, "rmse", 1.0)
    assert failed.status == 1
    assert "Metric 'rmse' does not measure a classification" in failed.failure
