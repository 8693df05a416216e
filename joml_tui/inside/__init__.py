"""Looking inside a network: questions that a training answers between two blocks, or its last state afterwards.

A question and its answer are plain data; each module holds those of one subject and the function that answers. To ask
something new, write such a module and add it to the two unions and to ``answer`` below.
"""

from __future__ import annotations

from joml_tui.inside import health, layers, rates
from joml_tui.inside.health import Health, HealthNow
from joml_tui.inside.layers import Layers, LayersNow
from joml_tui.inside.rates import Rates, RatesTried
from joml_tui.inside.subject import Subject

__all__ = ["Answer", "Question", "Subject", "answer"]

Question = Layers | Health | Rates
Answer = LayersNow | HealthNow | RatesTried


def answer(question: Question, subject: Subject) -> Answer:
    """Answer a question about a training as it stands; never changes it.

    Raises
    ------
    ValueError
        The question does not fit this network or data set; says why.
    """
    match question:
        case Layers():
            return layers.answer(question, subject)
        case Health():
            return health.answer(question, subject)
        case Rates():
            return rates.answer(question, subject)
