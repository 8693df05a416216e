"""Looking inside a network: questions that a training answers between two blocks, or its last state afterwards.

A question and its answer are plain data; each module holds those of one subject and the function that answers. To ask
something new, write such a module and add it to the two unions and to ``answer`` below.
"""

from __future__ import annotations

from joml_tui.inside import (
    accounting,
    baselines,
    collapse,
    confusion,
    health,
    layers,
    rates,
    regions,
    steps,
    units,
    walsh,
    worst,
)
from joml_tui.inside.accounting import Accounting, AccountingNow
from joml_tui.inside.baselines import Baselines, BaselinesReached
from joml_tui.inside.collapse import Collapsed, Collapsing
from joml_tui.inside.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inside.health import Health, HealthNow
from joml_tui.inside.layers import Layers, LayersNow
from joml_tui.inside.rates import Rates, RatesTried
from joml_tui.inside.regions import Regions, RegionsNow
from joml_tui.inside.steps import NextStep, StepTaken
from joml_tui.inside.subject import Subject
from joml_tui.inside.units import Units, UnitsNow
from joml_tui.inside.walsh import Walsh, WalshNow
from joml_tui.inside.worst import Worst, WorstNow

__all__ = ["Answer", "Question", "Subject", "answer"]

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
    | HealthNow
    | LayersNow
    | RatesTried
    | RegionsNow
    | StepTaken
    | UnitsNow
    | WalshNow
    | WorstNow
)


def answer(question: Question, subject: Subject) -> Answer:
    """Answer a question about a training as it stands; never changes it.

    Raises
    ------
    ValueError
        The question does not fit this network or data set; says why.
    """
    found: Answer
    match question:
        case Accounting():
            found = accounting.answer(subject)
        case Baselines():
            found = baselines.answer(question, subject)
        case Collapsing():
            found = collapse.answer(question, subject)
        case Confusion():
            found = confusion.answer(question, subject)
        case Health():
            found = health.answer(question, subject)
        case Layers():
            found = layers.answer(question, subject)
        case Rates():
            found = rates.answer(question, subject)
        case Regions():
            found = regions.answer(question, subject)
        case NextStep():
            found = steps.answer(question, subject)
        case Units():
            found = units.answer(question, subject)
        case Walsh():
            found = walsh.answer(question, subject)
        case Worst():
            found = worst.answer(question, subject)
    return found
