"""What a lesson is about: a run, or the network that stands composed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from joml_tui.experiment import Experiment
from joml_tui.inspect import Answer, Question
from joml_tui.runs.run import inspect_experiment

#: Hears an answer, or why there is none, in any thread.
Hear = Callable[[Answer | str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Someone to ask about a network.

    Attributes
    ----------
    name : str
        What is asked, such as ``14-100-40-4 #1``.
    ask : callable
        Takes a question and who hears the answer; returns at once.
    """

    name: str
    ask: Callable[[Question, Hear], None]


def composed(experiment: Experiment) -> Source:
    """Ask about an experiment's network as it is initialised."""

    def ask(question: Question, hear: Hear) -> None:
        def answer() -> None:
            try:
                hear(inspect_experiment(experiment, question))
            except Exception as error:  # whatever it was, it is said in the answer's place
                hear(str(error) or type(error).__name__)

        threading.Thread(target=answer, name="composed network", daemon=True).start()

    return Source("the composed network, untrained", ask)
