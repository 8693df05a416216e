"""All questions and answers, and the function that answers each; add a new question to the unions and to the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from joml_tui.inspect import (
    accounting,
    baseline_scores,
    collapse,
    confusion,
    health_report,
    landscape,
    layer_curves,
    projection,
    range_test,
    regions,
    sample_flow,
    step_by_step,
    trial,
    units,
    walsh,
    worst_samples,
)
from joml_tui.inspect.accounting import Accounting, AccountingNow
from joml_tui.inspect.baseline_scores import Baselines, BaselinesReached
from joml_tui.inspect.collapse import Collapsed, Collapsing
from joml_tui.inspect.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inspect.health_report import Health, HealthReport
from joml_tui.inspect.landscape import Landscape, LandscapeNow, Weights, WeightsNow
from joml_tui.inspect.layer_curves import Layers, LayersNow
from joml_tui.inspect.layer_steps import LayersTaken
from joml_tui.inspect.projection import Projection, ProjectionNow
from joml_tui.inspect.range_test import Rates, RatesTried
from joml_tui.inspect.regions import Regions, RegionsNow
from joml_tui.inspect.sample_flow import SampleFlow, SampleFlowNow
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.inspect.step_numbers import StepTaken
from joml_tui.inspect.training_context import Remains, TrainingContext
from joml_tui.inspect.trial import Trial, TrialNow
from joml_tui.inspect.units import Units, UnitsNow
from joml_tui.inspect.walsh import Walsh, WalshNow
from joml_tui.inspect.worst_samples import Worst, WorstNow

Question = (
    Accounting
    | Baselines
    | Collapsing
    | Confusion
    | Health
    | Landscape
    | Layers
    | Projection
    | Rates
    | Regions
    | SampleFlow
    | NextStep
    | Trial
    | Units
    | Walsh
    | Weights
    | Worst
)
Answer = (
    AccountingNow
    | BaselinesReached
    | Collapsed
    | ConfusionNow
    | ValuesNow
    | HealthReport
    | LandscapeNow
    | LayersNow
    | LayersTaken
    | ProjectionNow
    | RatesTried
    | RegionsNow
    | SampleFlowNow
    | StepTaken
    | TrialNow
    | UnitsNow
    | WalshNow
    | WeightsNow
    | WorstNow
)


#: The function that answers each type of question.
_ANSWERS: dict[type[Question], Callable[[Any, TrainingContext], Answer]] = {
    Accounting: lambda _, subject: accounting.answer(subject),
    Baselines: baseline_scores.answer,
    Collapsing: lambda question, subject: collapse.answer(question, subject.network, subject.trainer.iteration),
    Confusion: confusion.answer,
    Health: health_report.answer,
    Landscape: landscape.answer,
    Layers: layer_curves.answer,
    Projection: projection.answer,
    Rates: range_test.answer,
    Regions: regions.answer,
    SampleFlow: sample_flow.answer,
    NextStep: step_by_step.answer,
    Trial: trial.answer,
    Units: units.answer,
    Walsh: walsh.answer,
    Weights: landscape.answer_weights,
    Worst: worst_samples.answer,
}


def answer(question: Question, subject: TrainingContext) -> Answer:
    """Return the answer to a question about the present state of a training, without changing it.

    Raises
    ------
    ValueError
        The question does not fit this network or data set; the message says why.
    """
    return _ANSWERS[type(question)](question, subject)


class DataNeededError(ValueError):
    """A question cannot be answered without the data of its run."""


def answer_without_data(question: Question, remains: Remains) -> Answer:
    """Return the answer to a question that needs no samples.

    Raises
    ------
    DataNeededError
        The question needs the data.
    ValueError
        The question does not fit this network; the message says why.
    """
    match question:
        case Collapsing():
            return collapse.answer(question, remains.network, remains.iteration)
        case Health() if remains.series is not None:
            return health_report.answer_without_data(remains, remains.series)
    raise DataNeededError(f"this needs the data set that the run was trained on; {remains.trouble}")
