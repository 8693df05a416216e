"""The final results: each part of a run's data, measured once with the kept weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml import Dataset
from joml.compiled.evaluation import Evaluation
from joml.statistics.baselines import majority
from joml.training.records import mean_evaluation
from joml_tui.inspect import TrainingContext
from joml_tui.inspect.confusion import part_of
from joml_tui.runs.chance import score_of_nothing_learnt
from joml_tui.runs.run_record import Part, PartResult, Results, ValueResult
from joml_tui.runs.worker.predicted_figures import PredictedFigures, measure_predictions


def measure_results(subject: TrainingContext) -> Results:
    """Return the results of the present weights of all replicas on every part of the data.

    Parameters
    ----------
    subject : TrainingContext
        The context of a finished training, after early stopping has restored the best weights.
    """
    trainer, data = subject.trainer, subject.data
    counted = ~trainer.diverged if not trainer.diverged.all() else np.ones(len(trainer.networks), np.bool_)
    sizes: dict[Part, int] = {"train": data.train_size, "validation": data.validation_size, "test": data.test_size}
    unit = _unit_of_values(subject)
    networks = [network for network, counts in zip(trainer.networks, counted, strict=True) if counts]
    measured = {
        part: _measured(
            trainer.evaluate(part),
            counted,
            sizes[part],
            unit,
            None if data.preparation is None else data.preparation.y_deviation,
            measure_predictions(networks, *part_of(subject, part), data.task),
            _score_by_chance(data, part, sizes[part]),
        )
        for part in trainer.parts
    }
    return Results(
        int(trainer.kept_iterations[0]),
        trainer.stopped_early,
        measured.get("train"),
        measured.get("validation"),
        measured.get("test"),
        int(counted.sum()),
        trainer.metric_faults,
    )


def _score_by_chance(data: Dataset, part: Part, samples: int) -> float | None:
    """Return the score up to which the network has learnt nothing; None for the training part."""
    if part == "train":
        return None
    answers = data.output_size if data.task == "multilabel" else 1
    constant = None if data.task == "regression" else majority(data, part).accuracy
    return score_of_nothing_learnt(data.task, constant, samples, answers)


def _unit_of_values(subject: TrainingContext) -> float | None:
    """Return the factor from the network's values to the data's units; None if outputs have different ones."""
    preparation = subject.data.preparation
    if preparation is None or preparation.y_deviation is None:
        return 1.0
    deviations = np.unique(preparation.y_deviation)
    return float(deviations[0]) if len(deviations) == 1 else None


def _measured(
    evaluations: Sequence[Evaluation],
    counted: NDArray[np.bool_],
    samples: int,
    unit: float | None,
    scale: NDArray[np.float64] | None,
    predicted: PredictedFigures,
    by_chance: float | None,
) -> PartResult | None:
    mean = mean_evaluation(tuple(evaluations), counted)
    if mean is None:
        return None
    chosen = [each for each, counts in zip(evaluations, counted, strict=True) if counts]
    return PartResult(
        samples,
        mean.cost,
        mean.accuracy,
        _in_unit(mean.mean_absolute_error, unit),
        _spread([each.cost for each in chosen]),
        _spread([each.accuracy for each in chosen]),
        dict(mean.metrics),
        _in_unit(predicted.root_mean_squared_error, unit),
        predicted.classes,
        by_chance,
        predicted.answers,
        _in_units(predicted.values, scale),
    )


def _in_unit(error: float | None, unit: float | None) -> float | None:
    return None if error is None or unit is None else unit * error


def _in_units(values: ValueResult | None, scale: NDArray[np.float64] | None) -> ValueResult | None:
    """Return the figures of each value in the data's units, of which ``scale`` has the network's."""
    if values is None or scale is None:
        return values
    errors = (values.root_mean_squared_errors, values.mean_absolute_errors)
    return ValueResult(values.r2s, *(tuple((scale * error).tolist()) for error in errors))


def _spread(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
