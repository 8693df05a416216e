"""What a filter can ask about a run of the lab."""

from __future__ import annotations

from joml_tui.filtering import Facts
from joml_tui.ui.compose.choices import describe_dataset, describe_optimizer
from joml_tui.ui.runs.book import LabRun


def facts_of(lab_run: LabRun) -> Facts:
    """Return a run's texts and numbers as they are now."""
    run = lab_run.run
    experiment = run.experiment
    batch_size, values = experiment.batch_size, run.task == "values"
    return Facts(
        texts={
            "name": f"{lab_run.label} {lab_run.name} {experiment.name}",
            "network": run.architecture,
            "optimizer": describe_optimizer(experiment.optimizer),
            "dataset": describe_dataset(experiment.dataset),
            "state": f"{run.state.value} {run.message}",
            "tags": " ".join(lab_run.tags),
            "note": lab_run.note,
        },
        numbers={
            "number": lab_run.number,
            "parameters": run.parameter_count,
            "learning_rate": experiment.optimizer.learning_rate,
            "batch_size": None if batch_size == "all" else batch_size,
            "seed": experiment.seed,
            "epochs": run.epochs,
            "epoch": run.epoch,
            "iteration": run.iteration,
            "layers": len(experiment.layers),
            "train_cost": run.train_cost,
            "test_cost": run.test_cost,
            "train_accuracy": None if values else run.train_accuracy,
            "test_accuracy": None if values else run.test_accuracy,
            "train_r2": run.train_accuracy if values else None,
            "test_r2": run.test_accuracy if values else None,
            "steps_per_second": run.steps_per_second,
            "seconds": run.seconds,
        },
    )
