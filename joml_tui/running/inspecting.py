"""Questions about networks that are not being trained: put together from an experiment and a state, then answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from joml_tui.experiment import Experiment
from joml_tui.inside import Subject
from joml_tui.inside.record import LayerRecord, LayerSeries
from joml_tui.packing import State, unpack, unpack_state
from joml_tui.running.building import build_subject
from joml_tui.running.loop import answer_to
from joml_tui.running.messages import Answered, Ask, Inspect


@dataclass(slots=True)
class Inspector:
    """Answers questions; keeps the latest experiment's data and network, since the next question is about it too."""

    _experiment: Experiment | None = None
    _subject: Subject | None = None
    _untrained: State = field(default_factory=dict)

    def answer(self, request: Inspect) -> Answered:
        """Answer, or say why it cannot be."""
        try:
            subject = self._put_together(request)
        except (ValueError, OSError, MemoryError) as error:
            self._experiment = None
            return Answered(request.number, refusal=str(error) or type(error).__name__)
        return answer_to(Ask(request.number, request.question), subject)

    def _put_together(self, request: Inspect) -> Subject:
        if self._subject is None or self._experiment != request.experiment:
            self._subject, self._experiment = build_subject(request.experiment), request.experiment
            self._untrained = self._subject.trainer.state()
        subject = self._subject
        subject.trainer.restore(unpack_state(request.state) if request.state else self._untrained)
        subject.record = LayerRecord(subject.trainer)
        if request.layers:
            subject.record.take(unpack(request.layers, LayerSeries))
        return subject
