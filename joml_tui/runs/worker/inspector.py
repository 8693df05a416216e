"""Answers to questions about networks that are not being trained, rebuilt from an experiment and a state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from joml.data.dataset_error import DatasetError
from joml.data.preparation import Preparation
from joml_tui import inspect
from joml_tui.experiment import Experiment
from joml_tui.inspect import Remains, TrainingContext
from joml_tui.inspect.layer_record import LayerRecord, LayerSeries
from joml_tui.runs.worker.builder import build_subject
from joml_tui.runs.worker.messages import Answered, Ask, Inspect
from joml_tui.runs.worker.same_data import columns_of, describe_changed_data, rebuild_network, shapes_of
from joml_tui.runs.worker.training_session import answer_to, read_question
from joml_tui.serialization import State, pack, unpack, unpack_state


@dataclass(slots=True)
class Inspector:
    """An answerer of questions that caches the latest experiment's data and network for the next question."""

    _experiment: Experiment | None = None
    _subject: TrainingContext | None = None
    _untrained: State = field(default_factory=dict)

    def answer(self, request: Inspect) -> Answered:
        """Return the answer, or the reason why there is none.

        If the data are missing or have changed, only questions that need no data are answered.
        """
        try:
            subject = self._put_together(request)
        except (ValueError, OSError, MemoryError) as error:
            self._experiment = None
            if request.preparation is not None and request.state and isinstance(error, DatasetError):
                return _answer_without_data(request, request.preparation, str(error))
            return Answered(request.number, refusal=str(error) or type(error).__name__)
        return answer_to(Ask(request.number, request.question), subject)

    def _put_together(self, request: Inspect) -> TrainingContext:
        if self._subject is None or self._experiment != request.experiment:
            self._subject, self._experiment = build_subject(request.experiment), request.experiment
            if changed := describe_changed_data(request.experiment, request.preparation, self._subject.data):
                raise DatasetError(changed)
            self._untrained = self._subject.trainer.state()
        subject = self._subject
        subject.trainer.restore(unpack_state(request.state) if request.state else self._untrained)
        subject.record = LayerRecord(subject.trainer)
        if request.layers:
            subject.record.take(unpack(request.layers, LayerSeries))
        return subject


def _answer_without_data(request: Inspect, kept: dict[str, Any], trouble: str) -> Answered:
    """Return the answer from the network and its recorded preparation."""
    try:
        preparation = Preparation.from_json(kept)
        iteration = int(unpack_state(request.state)["iteration"])
        remains = Remains(
            rebuild_network(
                request.experiment, *shapes_of(preparation), request.state, columns=columns_of(preparation)
            ),
            iteration,
            preparation,
            unpack(request.layers, LayerSeries).until(iteration) if request.layers else None,
            trouble,
        )
        return Answered(request.number, pack(inspect.answer_without_data(read_question(request), remains)))
    except inspect.DataNeededError as error:
        return Answered(request.number, refusal=str(error), data_trouble=trouble)
    except ValueError as error:
        return Answered(request.number, refusal=str(error))
