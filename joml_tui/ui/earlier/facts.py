"""What a filter can ask about a stored run."""

from __future__ import annotations

from joml_tui.filtering import Facts
from joml_tui.store import StoredRun


def facts_of(stored: StoredRun) -> Facts:
    """Return a stored run's texts and numbers."""
    summary = stored.summary
    values = summary.task == "values"
    per_epoch = summary.iterations_per_epoch
    return Facts(
        texts={
            "name": stored.label,
            "network": summary.network,
            "optimizer": summary.optimizer,
            "dataset": summary.dataset,
            "state": f"{stored.state.value} {stored.message}",
            "tags": " ".join(stored.tags),
            "note": stored.note,
        },
        numbers={
            "number": stored.number,
            "parameters": summary.parameters,
            "learning_rate": summary.learning_rate,
            "batch_size": None if summary.batch_size == "all" else summary.batch_size,
            "seed": summary.seed,
            "epochs": summary.epochs,
            "epoch": -(-summary.iteration // per_epoch) if per_epoch else 0,
            "iteration": summary.iteration,
            "train_cost": summary.train_cost,
            "test_cost": summary.test_cost,
            "train_accuracy": None if values else summary.train_accuracy,
            "test_accuracy": None if values else summary.test_accuracy,
            "train_r2": summary.train_accuracy if values else None,
            "test_r2": summary.test_accuracy if values else None,
            "steps_per_second": summary.iteration / summary.seconds if summary.seconds > 0 else None,
            "seconds": summary.seconds,
        },
    )
