"""Looking inside a network: questions that a training answers between two blocks, or its last state afterwards.

A question and its answer are plain data; each module holds those of one subject and the function that answers. To ask
something new, write such a module and add it to the two unions and to ``answer`` below.
"""

from __future__ import annotations

from joml_tui.inside import confusion, layers, worst
from joml_tui.inside.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inside.layers import Layers, LayersNow
from joml_tui.inside.subject import Subject
from joml_tui.inside.worst import Worst, WorstNow

__all__ = ["Answer", "Question", "Subject", "answer"]

Question = Layers | Confusion | Worst
Answer = LayersNow | ConfusionNow | ValuesNow | WorstNow


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
        case Confusion():
            return confusion.answer(question, subject)
        case Worst():
            return worst.answer(question, subject)
