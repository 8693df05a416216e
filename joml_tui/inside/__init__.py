"""Looking inside a network: questions that a training answers between two blocks, or its last state afterwards.

A question and its answer are plain data; each module holds those of one subject and the function that answers. To ask
something new, write such a module and add it to the two unions and to ``answer`` below.
"""

from __future__ import annotations

from joml_tui.inside import baselines, layers, regions, units, walsh
from joml_tui.inside.baselines import Baselines, BaselinesReached
from joml_tui.inside.layers import Layers, LayersNow
from joml_tui.inside.regions import Regions, RegionsNow
from joml_tui.inside.subject import Subject
from joml_tui.inside.units import Units, UnitsNow
from joml_tui.inside.walsh import Walsh, WalshNow

__all__ = ["Answer", "Question", "Subject", "answer"]

Question = Baselines | Layers | Regions | Units | Walsh
Answer = BaselinesReached | LayersNow | RegionsNow | UnitsNow | WalshNow


def answer(question: Question, subject: Subject) -> Answer:
    """Answer a question about a training as it stands; never changes it.

    Raises
    ------
    ValueError
        The question does not fit this network or data set; says why.
    """
    match question:
        case Baselines():
            return baselines.answer(question, subject)
        case Layers():
            return layers.answer(question, subject)
        case Regions():
            return regions.answer(question, subject)
        case Units():
            return units.answer(question, subject)
        case Walsh():
            return walsh.answer(question, subject)
