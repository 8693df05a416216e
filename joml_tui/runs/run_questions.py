"""The questions to a run, and how they are answered during its training, after it, and about an earlier moment."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from msgspec import DecodeError, ValidationError

from joml_tui import inspect
from joml_tui.experiment import Experiment
from joml_tui.runs.worker.engine_client import inspect_in_process
from joml_tui.runs.worker.messages import Answered, Ask, Inspect
from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.serialization import pack, unpack

#: A receiver of an answer, or of the reason why there is none; it is called in another thread.
Receiver = Callable[["inspect.Answer | str"], None]


class RunQuestions:
    """The questions to one run that wait for an answer.

    Parameters
    ----------
    name : str
        The name of the run, for its threads.
    snapshots : SnapshotRing
        Its states.
    inspect_state : callable
        Answers a question with a number about a packed state; it may take long.
    """

    def __init__(
        self, name: str, snapshots: SnapshotRing, inspect_state: Callable[[int, bytes, bytes], Answered]
    ) -> None:
        self._name, self._snapshots, self._inspect = name, snapshots, inspect_state
        self._waiting: dict[int, tuple[bytes, Receiver]] = {}
        self._answering = threading.Lock()
        self._numbers = itertools.count(1)
        self._withdrawn: int | None = None

    def ask(self, question: inspect.Question, on_answer: Receiver, at: int | None) -> Ask | None:
        """Return the message to the training that asks a question; None if it is about an earlier moment.

        Parameters
        ----------
        question : Question
        on_answer : callable
        at : int or None
            The iteration of an earlier moment, which is answered in a thread.

        Returns
        -------
        Ask or None

        Raises
        ------
        ValueError
            There is no such question.
        """
        packed = pack(question)
        try:
            unpack(packed, inspect.Question)
        except ValidationError as error:
            raise ValueError(f"{question!r} is no question of joml_tui.inspect: {error}") from error
        number = next(self._numbers)
        if at is not None:
            self._in_thread("before", self._answer_about, number, packed, on_answer, at)
            return None
        replaces, self._withdrawn = self._withdrawn, None
        self._waiting[number] = (packed, on_answer)
        return Ask(number, packed, replaces)

    def withdraw(self, on_answer: Receiver) -> None:
        """Drop the question with this receiver, whose place the next one takes.

        Parameters
        ----------
        on_answer : callable
        """
        numbers = [number for number, (_, receiver) in list(self._waiting.items()) if receiver is on_answer]
        self._withdrawn = numbers[0] if numbers else None
        if numbers:
            self._waiting.pop(numbers[0], None)

    def take(self, event: Answered) -> None:
        """Hand an answer to its receiver."""
        asked = self._waiting.pop(event.number, None)
        if asked is not None:
            asked[1](_answer_in(event))

    def answer_afterwards(self) -> None:
        """Answer the questions that have waited until the end of the training, in a thread."""
        if self._waiting:
            self._in_thread("afterwards", self._answer_the_rest)

    def _in_thread(self, name: str, function: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=function, args=arguments, name=f"{self._name} {name}", daemon=True).start()

    def _answer_the_rest(self) -> None:
        with self._answering:
            for number, (question, _) in list(self._waiting.items()):
                self.take(self._inspected(number, question, self._snapshots.latest))

    def _answer_about(self, number: int, question: bytes, on_answer: Receiver, at: int) -> None:
        snapshot = self._snapshots.at(at)
        with self._answering:
            event = self._inspected(number, question, None if snapshot is None else snapshot[1])
        on_answer(_answer_in(event))

    def _inspected(self, number: int, question: bytes, state: bytes | None) -> Answered:
        if state is None:
            return Answered(number, refusal="this run ended before there was a network to inspect")
        try:
            return self._inspect(number, question, state)
        except Exception as error:  # for example no process: those who ask wait for an answer of any kind
            return Answered(number, refusal=describe_unusable_engine(error))


def inspect_experiment(experiment: Experiment, question: inspect.Question) -> inspect.Answer:
    """Return the answer to a question about an experiment's initial network.

    Parameters
    ----------
    experiment : Experiment
    question : Question

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        There is no answer; the message says why.
    """
    answer = _answer_in(inspect_in_process(Inspect(0, experiment, b"", b"", pack(question))))
    if isinstance(answer, str):
        raise ValueError(answer)
    return answer


def describe_unusable_engine(error: Exception) -> str:
    """Return why an engine could not be used, as the message of its run or of a question.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str
    """
    return f"the engine could not be used: {str(error) or type(error).__name__}"


def _answer_in(event: Answered) -> inspect.Answer | str:
    """Return an answer, or the reason why there is none."""
    if event.refusal:
        return event.refusal
    try:
        answer: inspect.Answer = unpack(event.answer, inspect.Answer)
    except DecodeError as error:
        return f"the engine's answer cannot be read: {error}"
    return answer
