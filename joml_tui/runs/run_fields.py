"""The fields of a run, declared once; any setting of its experiment is a field too, by its path.

JSON, tables of runs, columns, filters, sorting, comparisons and the table in ``docs/commands.md`` are made from
`FIELDS`. Lists choose fields by name; a new field is one entry here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from joml.task import TARGETS
from joml_tui.decoding import shown
from joml_tui.names import figure_name, metric_title, nearest_name
from joml_tui.runs.run_record import PARTS, QUANTITIES, Listed, Part, RunRecord, describe_state
from joml_tui.runs.setting_paths import find_setting, known_settings, read_setting, setting_values, settings_below

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment

#: The type of a field's value, which is None if a run has none. A "time" is in seconds since 1970. A "setting" is a
#: tuple of the values at its path: empty if the experiment has no such setting, several if the path matches several
#: layers.
FieldType = Literal["text", "texts", "whole", "number", "yes or no", "time", "setting"]
#: The format of a cell; the command line and the screen have a function for each. An "error" is in the units of the
#: data; "cost or error" is whichever a run has.
CellFormat = Literal["plain", "count", "cost", "error", "cost or error", "score", "seconds", "rate", "time"]
Row = TypeVar("Row")

_PART_NAMES: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}
_TITLES: dict[Part, str] = {"train": "Train", "validation": "Valid.", "test": "Test"}
#: A metric on a part of the data.
_METRIC = re.compile(r"(?P<part>train|validation|test)_(?P<metric>[a-z][a-z0-9_]*)", re.IGNORECASE)
#: Figures of a part that are not metrics; a similar name of a metric is probably a typing error.
_FIGURES = ("accuracy", "acc", "cost", "samples", "score")
_SLIP = 0.75
#: Aliases of figures.
_ALIASES: dict[str, tuple[str, ...]] = {
    "train_accuracy": ("train_acc",),
    "validation_cost": ("val_cost",),
    "validation_accuracy": ("val_acc",),
    "validation_r2": ("val_r2",),
    "test_cost": ("cost",),
    "test_accuracy": ("test_acc", "acc"),
    "test_r2": ("r2",),
    "test_score": ("score",),
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts from which the fields of a run are read.

    Attributes
    ----------
    run : Listed
    record : RunRecord
        The run's record at the time of reading.
    settings : callable
        Returns the settings of the run's experiment by path; called only if one is read.
    """

    run: Listed
    record: RunRecord
    settings: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True, slots=True)
class RunField:
    """One field of a run.

    Attributes
    ----------
    name : str
        Such as ``test_cost``; for a setting its path, such as ``optimizer.l2``.
    title : str
        The title of its column; ``{score}`` is replaced by the name of the runs' scores.
    help : str
        A description in one line.
    type : FieldType
    read : callable
        Returns a run's value.
    of : str
        The weights and samples of a figure, or its unit; empty if that is obvious.
    aliases : tuple of str
        Other names for users.
    format : CellFormat
    cell : callable, optional
        Returns the text of its cell, if that needs more than the value.
    search : callable, optional
        Returns the text that filters search; a single word is searched in all fields that have one.
    words : tuple of str
        Words that are allowed instead of a number, such as ``all``.
    exported : bool
        Whether exported tables of runs include it.
    in_json : bool
        Whether the JSON of a run includes it.
    largest_first : bool
        Whether the screen sorts by it from the largest value.
    stored_only : bool
        Whether only stored runs have it.
    """

    name: str
    title: str
    help: str
    type: FieldType
    read: Callable[[RunFacts], Any]
    of: str = ""
    aliases: tuple[str, ...] = ()
    format: CellFormat = "plain"
    cell: Callable[[RunFacts], str] | None = None
    search: Callable[[RunFacts], str] | None = None
    words: tuple[str, ...] = ()
    exported: bool = True
    in_json: bool = True
    largest_first: bool = False
    stored_only: bool = False

    @property
    def is_number(self) -> bool:
        """Return whether its values are numbers."""
        return self.type in ("whole", "number")

    def stands_right(self, runs: Iterable[RunFacts]) -> bool:
        """Return whether a column of it is aligned to the right, as numbers are, also those of a setting.

        Parameters
        ----------
        runs : iterable of RunFacts
            The runs of the column.

        Returns
        -------
        bool
        """
        if self.type != "setting":
            return self.is_number
        values = (value for facts in runs for value in self.read(facts) if value is not None)
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def facts_of(run: Listed, experiment: Callable[[], Experiment | None] = lambda: None) -> RunFacts:
    """Return the facts for the fields of a run, in the lab, the run history and on the command line.

    Parameters
    ----------
    run : Listed
    experiment : callable, optional
        Returns the run's experiment, or None if it cannot be read; called once, when a setting is read.
    """

    @cache
    def settings() -> Mapping[str, Any]:
        read = experiment()
        return {} if read is None else setting_values(read)

    return RunFacts(run, run.record, settings)


@lru_cache(maxsize=1_024)
def find_field(name: str) -> RunField:
    """Return the field with a name, an alias or the path of a setting; case is ignored.

    Raises
    ------
    LookupError
        There is no such field; the message suggests similar ones.
    """
    name = name.strip().lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name not in known_settings() and _may_be_a_metric(name):
        return metric_field(name)
    if "." not in name and "[" not in name and name not in known_settings() and not settings_below(name):
        nearest = nearest_name(name, [*_BY_NAME, *(path for path in known_settings() if "." not in path)])
        hint = f"did you mean {nearest}?" if nearest else "write such as test_accuracy, optimizer or optimizer.l2."
        raise LookupError(f"There is no field {shown(name)}; {hint}")
    try:
        return _setting_field(find_setting(name))
    except LookupError as error:
        raise LookupError(f"There is no setting {shown(name)}; {error}") from error


def json_values(facts: RunFacts, fields: Sequence[RunField] = ()) -> dict[str, Any]:
    """Return a run's values by field name, by default all of JSON and its metrics; times are ISO 8601, UTC."""
    chosen = fields or (*JSON_FIELDS, *metric_fields([facts]))
    return {field.name: _json_value(field, field.read(facts)) for field in chosen}


def metric_fields(runs: Iterable[RunFacts]) -> tuple[RunField, ...]:
    """Return a field for each metric that these runs have measured on a part of their data."""
    return tuple(map(metric_field, dict.fromkeys(name for facts in runs for name in facts.record.metrics)))


def _json_value(field: RunField, value: Any) -> Any:
    if field.type == "time" and value is not None:
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
    if field.type == "setting" and "[]" not in field.name:
        return value[0] if value else None
    return TARGETS[value] if field.name == "task" else value  # as programs have always read it


def sort_rows(rows: Sequence[Row], value: Callable[[Row], Any], *, reverse: bool = False) -> list[Row]:
    """Return rows sorted by value, numbers before texts; rows without a value always come last."""
    keys = [sort_key(value(row)) for row in rows]
    places = [place for place, key in enumerate(keys) if key is not None]
    places.sort(key=lambda place: keys[place] or (), reverse=reverse)
    return [rows[place] for place in places] + [row for row, key in zip(rows, keys, strict=True) if key is None]


def sort_key(value: Any) -> tuple[Any, ...] | None:
    """Return the sort key of a value; None if there is no value."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, tuple):
        keys = tuple(key for item in value if (key := sort_key(item)) is not None)
        return keys or None
    return (1, value.casefold()) if isinstance(value, str) else (0, value)


def _may_be_a_metric(name: str) -> bool:
    """Return whether a name has the form of a metric on a part, such as ``test_f1``."""
    match = _METRIC.fullmatch(name)
    if match is None:
        return False
    alike = [figure for figure in _FIGURES if abs(len(figure) - len(match["metric"])) < 2]
    return not get_close_matches(match["metric"], alike, 1, _SLIP)


def metric_field(name: str) -> RunField:
    """Return the field of a metric on a part of the data, such as ``test_macro_f1``."""
    match = _METRIC.fullmatch(name)
    assert match is not None  # the records' names
    part, folded = cast(Part, match["part"].lower()), name.lower()
    title = metric_title(match["metric"])

    def read(facts: RunFacts) -> float | None:
        """Return the metric's value; None if it could not be measured."""
        metrics = facts.record.metrics
        value = metrics.get(name, next((value for each, value in metrics.items() if each.lower() == folded), None))
        return None if value is None or math.isnan(value) else value

    return RunField(
        name,
        f"{_TITLES[part]} {title}",
        f"{title} on the {_PART_NAMES[part]} part",
        "number",
        read,
        of=f"kept weights, {_PART_NAMES[part]} part",
        format="cost",
        largest_first=not _is_error(match["metric"]),
    )


def _is_error(metric: str) -> bool:
    """Return whether a metric is built in and lower values are better."""
    from joml.declaration import parts_of  # noqa: PLC0415 - most lists of runs do without

    parts = {figure_name(name): part for name, part in parts_of("metric").items()}
    return metric in parts and parts[metric].traits.better == "lower"


def _setting_field(path: str) -> RunField:
    def read(facts: RunFacts) -> tuple[Any, ...]:
        return read_setting(facts.settings(), path)

    return RunField(path, path, "setting of the experiment", "setting", read)


# --- The table ------------------------------------------------------------------------------------------------------


def _recorded(name: str) -> Callable[[RunFacts], Any]:
    """Return a function that reads an attribute of the record."""
    return lambda facts: getattr(facts.record, name)


def _of_part(part: Part, name: str) -> Callable[[RunFacts], Any]:
    """Return a function that reads a result of the kept weights on a part of the data."""
    return lambda facts: facts.record.result(part, name)


def _of_task(part: Part, *, values: bool) -> Callable[[RunFacts], float | None]:
    """Return a function that reads R2 if y are values, or else the accuracy."""

    def read(facts: RunFacts) -> float | None:
        return facts.record.figure(part, "accuracy") if (facts.record.task == "regression") == values else None

    return read


def _figure(part: Part, quantity: str) -> Callable[[RunFacts], float | None]:
    """Return a function that reads the cost or the score on a part of the data."""
    return lambda facts: facts.record.figure(part, quantity)


def _of_classes(part: Part, name: str) -> Callable[[RunFacts], float | None]:
    """Return a function that reads a figure of the classes on a part, or the metric of this name."""

    def read(facts: RunFacts) -> float | None:
        record = facts.record
        value = record.average_precision(part) if name == "average_precision" else record.class_result(part, name)
        value = facts.record.metrics.get(f"{part}_{name}") if value is None else value
        return None if value is None or math.isnan(value) else value

    return read


def _of_each_class(name: str) -> Callable[[RunFacts], str]:
    """Return a function that reads a figure of each class on the test part, in the order of the classes."""

    def read(facts: RunFacts) -> str:
        values = facts.record.class_result("test", name) or ()
        return " ".join("-" if math.isnan(value) else f"{value:.4f}" for value in values)

    return read


def _stopped_early(facts: RunFacts) -> bool | None:
    return None if facts.record.results is None else facts.record.results.stopped_early


def _of_store(name: str) -> Callable[[RunFacts], Any]:
    """Return a function that reads a fact of the store, None for a run of the lab."""
    return lambda facts: getattr(facts.run, name, None)


def _part_fields(part: Part) -> Iterator[RunField]:
    """Yield the size of a part of the data, and the figures on it."""
    named, title = _PART_NAMES[part], _TITLES[part]
    of = f"kept weights, {named} part"
    yield RunField(
        f"{part}_samples",
        f"{title} samples",
        f"size of the {named} part",
        "whole",
        _of_part(part, "samples"),
        format="count",
    )
    for name, quantity, what, read in (
        ("cost", "cost", f"mean cost on the {named} part", _figure(part, "cost")),
        ("accuracy", "accuracy", f"accuracy on the {named} part", _of_task(part, values=False)),
        ("r2", "R2", f"R2 on the {named} part, of a regression", _of_task(part, values=True)),
        ("score", "{score}", "accuracy or R2, whichever the task has", _figure(part, "accuracy")),
    ):
        yield RunField(
            f"{part}_{name}",
            f"{title} {quantity}",
            what,
            "number",
            read,
            of=f"{of}, in cost_unit" if name == "cost" else of,
            aliases=_ALIASES.get(f"{part}_{name}", ()),
            format="cost" if name == "cost" else "score",
            exported=name != "score",
            in_json=name != "score",
            largest_first=name != "cost",
        )


def _class_fields(part: Part) -> Iterator[RunField]:
    """Yield the figures of the classes on a part of the data, which lists show on demand."""
    for name, title, what in (
        ("balanced_accuracy", "balanced acc.", "mean recall of the classes"),
        ("average_precision", "avg. precision", "average precision of the classes or answers"),
    ):
        yield RunField(
            f"{part}_{name}",
            f"{_TITLES[part]} {title}",
            f"{what}, {_PART_NAMES[part]} part",
            "number",
            _of_classes(part, name),
            of=f"kept weights, {_PART_NAMES[part]} part",
            format="score",
            exported=False,
            in_json=False,
            largest_first=True,
        )


def _each_class_fields() -> Iterator[RunField]:
    """Yield the figures of each class on the test part."""
    for name, title in (("recalls", "recalls"), ("precisions", "precisions")):
        yield RunField(
            f"test_{name}",
            f"Test {title}",
            f"{title.removesuffix('s')} of each class, in the order of the classes",
            "text",
            _of_each_class(name),
            of="kept weights, test part",
            exported=False,
            in_json=False,
        )


def _spread_fields(part: Part) -> Iterator[RunField]:
    for quantity in QUANTITIES:
        yield RunField(
            f"{part}_{quantity}_spread",
            f"{_TITLES[part]} {quantity} ±",
            f"spread of the {_PART_NAMES[part]} {quantity} over replicas",
            "number",
            _of_part(part, f"{quantity}_spread"),
            of=f"kept weights, {_PART_NAMES[part]} part",
            format="cost",
        )


#: All fields except settings, in the order of files and documents.
FIELDS: tuple[RunField, ...] = (
    RunField(
        "run", "Run", "number of the run", "whole", lambda facts: facts.run.number, aliases=("number",), exported=False
    ),
    RunField(
        "name",
        "Name",
        "name that you gave the run",
        "text",
        lambda facts: facts.run.name,
        search=lambda facts: f"{facts.run.label} {facts.run.name}",
    ),
    RunField(
        "network",
        "Network",
        "sizes of the layers, such as 14-28x6-4",
        "text",
        _recorded("network"),
        aliases=("net",),
        cell=lambda facts: facts.record.network or "?",
        search=_recorded("network"),
    ),
    RunField(
        "layers",
        "Layers",
        "number of hidden layers",
        "whole",
        _recorded("hidden_layers"),
        exported=False,
        largest_first=True,
    ),
    RunField(
        "parameters",
        "Params",
        "number of weights and biases",
        "whole",
        _recorded("parameters"),
        aliases=("params",),
        format="count",
        largest_first=True,
    ),
    RunField(
        "dataset",
        "Data",
        "data set, or name of its file",
        "text",
        _recorded("dataset"),
        aliases=("data",),
        search=_recorded("dataset"),
    ),
    RunField(
        "optimizer",
        "Optimizer",
        "optimizer",
        "text",
        _recorded("optimizer"),
        aliases=("opt",),
        search=_recorded("optimizer"),
    ),
    RunField(
        "learning_rate", "Rate", "learning rate at the start", "number", _recorded("learning_rate"), aliases=("lr",)
    ),
    RunField(
        "batch_size",
        "Batch",
        "samples in a mini-batch, or all",
        "whole",
        _recorded("batch_size"),
        aliases=("batch",),
        words=("all",),
    ),
    RunField("seed", "Seed", "seed", "whole", _recorded("seed")),
    RunField(
        "epoch",
        "Epoch",
        "epoch of the last iteration; 0 before the first",
        "whole",
        _recorded("epoch"),
        cell=lambda facts: f"{facts.record.epoch}/{facts.record.epochs}",
        largest_first=True,
    ),
    RunField(
        "epochs",
        "Epochs",
        "planned number of epochs",
        "whole",
        _recorded("epochs"),
        exported=False,
        largest_first=True,
    ),
    RunField(
        "iteration", "Iteration", "iterations done", "whole", _recorded("iteration"), format="count", largest_first=True
    ),
    RunField(
        "total_iterations",
        "Iterations",
        "planned number of iterations",
        "whole",
        _recorded("total_iterations"),
        format="count",
        exported=False,
        largest_first=True,
    ),
    RunField(
        "iterations_per_epoch",
        "Per epoch",
        "iterations in an epoch",
        "whole",
        _recorded("iterations_per_epoch"),
        format="count",
        exported=False,
        largest_first=True,
    ),
    RunField(
        "kept_iteration",
        "Kept at",
        "iteration of the kept weights, of replicas the first one's",
        "whole",
        _recorded("kept_iteration"),
        format="count",
        largest_first=True,
    ),
    RunField(
        "stopped_early", "Early stop", "whether early stopping ended it", "yes or no", _stopped_early, exported=False
    ),
    RunField("task", "Task", "classes, multilabel or regression", "text", _recorded("task")),
    *(field for part in PARTS for field in _part_fields(part)),
    RunField("cost_unit", "Cost in", "unit of the costs", "text", _recorded("cost_unit")),
    RunField(
        "mean_absolute_error",
        "Mean abs. error",
        "mean absolute error, of a regression",
        "number",
        _of_part("test", "mean_absolute_error"),
        of="kept weights, test part, in the data's unit",
        aliases=("mae",),
        format="cost",
    ),
    RunField(
        "root_mean_squared_error",
        "Root mean sq. error",
        "root mean squared error, of a regression",
        "number",
        _of_part("test", "root_mean_squared_error"),
        of="kept weights, test part, in the data's unit",
        aliases=("rmse",),
        format="cost",
        exported=False,
        in_json=False,
    ),
    *(field for part in PARTS for field in _class_fields(part)),
    *_each_class_fields(),
    RunField(
        "replicas", "Replicas", "number of networks trained at once", "whole", _recorded("replicas"), largest_first=True
    ),
    *(field for part in PARTS for field in _spread_fields(part)),
    RunField(
        "steps_per_second",
        "Steps/s",
        "iterations per second over the whole training",
        "number",
        _recorded("steps_per_second"),
        aliases=("steps",),
        format="rate",
        largest_first=True,
    ),
    RunField(
        "seconds",
        "Time",
        "seconds of training, without pauses",
        "number",
        _recorded("seconds"),
        of="seconds",
        aliases=("time",),
        format="seconds",
    ),
    RunField(
        "state",
        "State",
        "such as finished, stopped or diverged",
        "text",
        lambda facts: facts.run.status[0],
        cell=lambda facts: describe_state(facts.run.status[0], facts.record),
        search=lambda facts: " ".join((describe_state(facts.run.status[0], facts.record), facts.run.status[1])),
    ),
    RunField("message", "Message", "why it ended", "text", lambda facts: facts.run.status[1]),
    RunField(
        "tags",
        "Tags",
        "tags that you gave the run",
        "texts",
        lambda facts: facts.run.tags,
        aliases=("tag",),
        search=lambda facts: " ".join(facts.run.tags),
    ),
    RunField(
        "note",
        "Note",
        "what you wrote about the run",
        "text",
        lambda facts: facts.run.note,
        search=lambda facts: facts.run.note,
    ),
    RunField(
        "created",
        "Started",
        "when it was started; a date, such as 2026-11-29",
        "time",
        _of_store("created"),
        aliases=("started",),
        format="time",
        exported=False,
        stored_only=True,
        largest_first=True,
    ),
    RunField(
        "changed",
        "Changed",
        "when it was last changed; a date",
        "time",
        _of_store("changed"),
        format="time",
        exported=False,
        stored_only=True,
        largest_first=True,
    ),
    RunField(
        "origin",
        "Origin",
        "number of the run that it was forked from",
        "whole",
        _of_store("origin"),
        exported=False,
        stored_only=True,
    ),
    RunField(
        "origin_iteration",
        "From",
        "iteration of the fork",
        "whole",
        _of_store("origin_iteration"),
        format="count",
        exported=False,
        stored_only=True,
        largest_first=True,
    ),
)
JSON_FIELDS = tuple(field for field in FIELDS if field.in_json)
#: The fields of exported tables, in the order of columns.
EXPORTED_FIELDS = tuple(field for field in FIELDS if field.exported)
#: The fields in which a single word is searched.
SEARCHED_FIELDS = tuple(field for field in FIELDS if field.search is not None)
_BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
