"""Questions about a network, answered during training between two blocks, or later from its last state.

Questions and answers are plain data; each module has those of one subject, and the function that answers. To add a
question, write such a module and add it to the two unions and to ``answer`` below.
"""

from __future__ import annotations

from joml_tui.inspect import (
    accounting,
    baseline_scores,
    collapse,
    confusion,
    health_report,
    layer_curves,
    range_test,
    regions,
    step_by_step,
    units,
    walsh,
    worst_samples,
)
from joml_tui.inspect.accounting import Accounting, AccountingNow
from joml_tui.inspect.baseline_scores import Baselines, BaselinesReached
from joml_tui.inspect.collapse import Collapsed, Collapsing
from joml_tui.inspect.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inspect.health_report import Health, HealthReport
from joml_tui.inspect.layer_curves import Layers, LayersNow
from joml_tui.inspect.range_test import Rates, RatesTried
from joml_tui.inspect.regions import Regions, RegionsNow
from joml_tui.inspect.step_by_step import NextStep, StepTaken
from joml_tui.inspect.training_context import Remains, TrainingContext
from joml_tui.inspect.units import Units, UnitsNow
from joml_tui.inspect.walsh import Walsh, WalshNow
from joml_tui.inspect.worst_samples import Worst, WorstNow

__all__ = ["Answer", "DataNeededError", "Question", "Remains", "TrainingContext", "answer", "answer_without_data"]

Question = (
    Accounting
    | Baselines
    | Collapsing
    | Confusion
    | Health
    | Layers
    | Rates
    | Regions
    | NextStep
    | Units
    | Walsh
    | Worst
)
Answer = (
    AccountingNow
    | BaselinesReached
    | Collapsed
    | ConfusionNow
    | ValuesNow
    | HealthReport
    | LayersNow
    | RatesTried
    | RegionsNow
    | StepTaken
    | UnitsNow
    | WalshNow
    | WorstNow
)


def answer(question: Question, subject: TrainingContext) -> Answer:
    """Return the answer to a question about the present state of a training, without changing it.

    Raises
    ------
    ValueError
        The question does not fit this network or data set; the message says why.
    """
    answered: Answer
    match question:
        case Accounting():
            answered = accounting.answer(subject)
        case Baselines():
            answered = baseline_scores.answer(question, subject)
        case Collapsing():
            answered = collapse.answer(question, subject.network, subject.trainer.iteration)
        case Confusion():
            answered = confusion.answer(question, subject)
        case Health():
            answered = health_report.answer(question, subject)
        case Layers():
            answered = layer_curves.answer(question, subject)
        case Rates():
            answered = range_test.answer(question, subject)
        case Regions():
            answered = regions.answer(question, subject)
        case NextStep():
            answered = step_by_step.answer(question, subject)
        case Units():
            answered = units.answer(question, subject)
        case Walsh():
            answered = walsh.answer(question, subject)
        case Worst():
            answered = worst_samples.answer(question, subject)
    return answered


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
