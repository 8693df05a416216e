"""The summary of a stored run, available without loading it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from joml_tui.lone_surrogates import has_lone_surrogates, printable
from joml_tui.runs.run_record import RunRecord
from joml_tui.runs.run_state import RunState
from joml_tui.store.database import RunRecordError

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


class StoredRun(Struct, frozen=True):
    """A row of the store's list.

    Attributes
    ----------
    number : int
        Its number, unique in this store forever.
    created, changed : float
        Seconds since 1970, UTC.
    state : RunState
        "interrupted" if the program that trained it crashed or was killed.
    message, name, note : str
    tags : tuple of str
    origin, origin_iteration : int or None
        The run that it was forked from, and the iteration of the fork.
    summary : RunRecord
    """

    number: int
    created: float
    changed: float
    state: RunState
    message: str
    name: str
    note: str
    tags: tuple[str, ...]
    origin: int | None
    origin_iteration: int | None
    summary: RunRecord

    @property
    def label(self) -> str:
        """The run's name or network, and its number, such as ``14-100-40-4 #3``."""
        return f"{self.name or self.summary.network or 'network'} #{self.number}"

    @property
    def record(self) -> RunRecord:
        """The run's settings and figures."""
        return self.summary

    @property
    def status(self) -> tuple[str, str]:
        """The run's state, and why it ended if there is a reason."""
        return self.state.value, self.message

    @property
    def created_at(self) -> datetime:
        """The time of its start, in UTC."""
        return datetime.fromtimestamp(self.created, UTC)


#: The columns of the list, in the order of the struct's fields.
COLUMNS = StoredRun.__struct_fields__

_STATES = {state.value: state for state in RunState}
_SUMMARIES = msgspec.msgpack.Decoder(RunRecord)
_TAGS = msgspec.json.Decoder(tuple[str, ...])
#: Counts in a summary, which are never negative.
_COUNTS = ("parameters", "replicas", "epochs", "iteration", "total_iterations", "iterations_per_epoch")
#: The latest valid time: one day before the end of the year 9999, for any time zone.
LATEST = 253_402_300_800 - 86_400


def stored_run(row: tuple[Any, ...]) -> StoredRun:
    """Return the summary of a row of ``COLUMNS``.

    Raises
    ------
    DamagedRowError
        A value does not have the store's format.
    """
    number, created, changed, state, message, name, note, tags, origin, origin_iteration, summary = row
    try:
        return StoredRun(
            number,
            _time_in(created, "time of its beginning"),
            _time_in(changed, "time of its last change"),
            _state_in(state),
            _text_in(message, "message"),
            _text_in(name, "name"),
            _text_in(note, "note"),
            _tags_in(_text_in(tags, "tags")),
            _number_in(origin, "origin"),
            _number_in(origin_iteration, "origin's iteration"),
            _summary_in(summary),
        )
    except _DamagedValueError as error:
        raise DamagedRowError(number, str(error)) from error


class DamagedRowError(RunRecordError):
    """A run's row of the list is damaged.

    Parameters
    ----------
    number : int
        The run's number.
    what : str
        The part that cannot be read.
    """

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"run {number} is damaged: its {what} cannot be read")
        self.number = number


class _DamagedValueError(ValueError):
    """A value does not have the store's format; the message names it."""


def _time_in(value: object, what: str) -> float:
    if isinstance(value, float | int) and 0 <= value < LATEST:
        return float(value)
    raise _DamagedValueError(what)


def _state_in(value: object) -> RunState:
    if isinstance(value, str) and value in _STATES:
        return _STATES[value]
    raise _DamagedValueError("state")


def _text_in(value: object, what: str) -> str:
    if isinstance(value, str) and not has_lone_surrogates(value):
        return value
    raise _DamagedValueError(what)


def _number_in(value: object, what: str) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise _DamagedValueError(what)


def _summary_in(value: object) -> RunRecord:
    try:
        summary = _SUMMARIES.decode(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise _DamagedValueError("summary") from error
    if not 0 <= summary.seconds < math.inf or min(getattr(summary, name) for name in _COUNTS) < 0:
        raise _DamagedValueError("summary")
    return summary


@lru_cache(maxsize=4_096)  # the runs of a sweep share it
def _tags_in(text: str) -> tuple[str, ...]:
    try:
        return _TAGS.decode(text)
    except ValueError as error:
        raise _DamagedValueError("tags") from error


def tags_text(tags: Iterable[str]) -> str:
    """Return tags in the store's format."""
    return json.dumps([printable(tag) for tag in tags], ensure_ascii=False)


def fingerprint(experiment_yaml: str) -> str:
    """Return a digest that identifies an experiment."""
    import hashlib  # noqa: PLC0415 - lists of runs do without

    from joml_tui.experiment.yaml_text import with_earlier_tasks  # noqa: PLC0415

    return hashlib.sha256(with_earlier_tasks(experiment_yaml).encode()).hexdigest()


def summary_of(run: Run, iterations: int) -> bytes:
    """Return a run's record in the store's format, with the number of iterations that are written."""
    return msgspec.msgpack.encode(run.recorded(iterations))
