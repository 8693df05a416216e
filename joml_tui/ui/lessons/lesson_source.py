"""The subjects of lessons: a run, or the composed network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from joml_tui.experiment import Experiment
from joml_tui.inspect import Answer, Question
from joml_tui.runs.run import inspect_experiment

#: A function that receives an answer, or why there is none, in any thread.
Hear = Callable[[Answer | str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A network that answers questions.

    Attributes
    ----------
    name : str
        Its name, such as ``14-100-40-4 #1``.
    ask : callable
        Takes a question and the receiver of the answer; returns at once.
    """

    name: str
    ask: Callable[[Question, Hear], None]


def composed(experiment: Experiment) -> Source:
    """Return the source for an experiment's initial network."""

    def ask(question: Question, hear: Hear) -> None:
        def answer() -> None:
            try:
                hear(inspect_experiment(experiment, question))
            except Exception as error:  # any error is shown in place of the answer
                hear(str(error) or type(error).__name__)

        threading.Thread(target=answer, name="composed network", daemon=True).start()

    return Source("the composed network, untrained", ask)


def answered(name: str, answer: Answer) -> Source:
    """Return a source that gives the same answer to every question."""
    return Source(name, lambda _, hear: hear(answer))
