"""Answers to questions about a run's stored state."""

from __future__ import annotations

from msgspec import structs

from joml_tui.inspect import Answer, Question
from joml_tui.runs.run import Run
from joml_tui.runs.worker.inspector import Inspector
from joml_tui.runs.worker.messages import Inspect
from joml_tui.serialization import pack, unpack

NO_WEIGHTS = "there are no weights of this run: it ended before there was a network"


class StoredAnswers:
    """Questions about a run's stored state, for which its data are read once.

    Parameters
    ----------
    run : Run
        As ``store.restored`` returns it.

    Attributes
    ----------
    data_trouble : str
        Why the data of the last question cannot be used, if only that prevented an answer; else "".
    """

    def __init__(self, run: Run) -> None:
        self._run, self._inspector = run, Inspector()
        self._state = run.snapshots.latest
        self.data_trouble = ""

    @property
    def has_weights(self) -> bool:
        """Return whether there is a state to ask about."""
        return bool(self._state)

    def ask(self, question: Question) -> Answer | str:
        """Return the answer to a question, or the reason why there is none.

        Parameters
        ----------
        question : Question

        Returns
        -------
        Answer or str
        """
        self.data_trouble = ""
        if not self._state:
            return NO_WEIGHTS
        experiment = structs.replace(self._run.experiment, epochs=self._run.epochs)
        request = Inspect(
            0, experiment, self._state, self._run.layers_record, pack(question), self._run.preparation_values
        )
        answered = self._inspector.answer(request)
        self.data_trouble = answered.data_trouble
        refusal = answered.data_trouble or answered.refusal
        return refusal or unpack(answered.answer, Answer)
