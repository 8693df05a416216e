"""Differences between runs: settings by path, changes during training, and results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING, Any

from joml.task import SCORE_NAMES
from joml_tui.experiment import Experiment
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run_fields import facts_of, find_field
from joml_tui.runs.run_record import PARTS
from joml_tui.runs.setting_paths import NOTHING, setting_values, show_value

if TYPE_CHECKING:
    from joml_tui.runs.run import Run
    from joml_tui.runs.worker.messages import Adjusted

#: The fields by which results are compared.
_REACHED = (
    "network",
    "parameters",
    "state",
    "iteration",
    "kept_iteration",
    *(f"{part}_cost" for part in PARTS),
    *(f"{part}_score" for part in PARTS),
    "cost_unit",
)


_RESULT, _CHANGE, _OF_ONE_LAYER = "result.", "adjusted.", "layers["
#: Results that belong to the settings for a reader.
_OF_NETWORK = (f"{_RESULT}network", f"{_RESULT}parameters")
#: Results that are shown even if they are equal.
_ALWAYS = tuple(
    f"{_RESULT}test_{figure}" for figure in ("cost", *(name.replace(" ", "_") for name in SCORE_NAMES.values()))
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of several runs.

    Attributes
    ----------
    path : str
        Such as ``optimizer.learning_rate`` or ``layers[2].size``.
    values : tuple of str
        One value per run, in order.
    """

    path: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Return whether the runs have different values."""
        return len(set(self.values)) > 1

    @property
    def title(self) -> str:
        """The path for readers: of a result its name, such as "test accuracy"."""
        return self.path.removeprefix(_RESULT).replace("_", " ") if self.path.startswith(_RESULT) else self.path


def flatten(experiment: Experiment) -> dict[str, str]:
    """Return an experiment's settings by path, in the order of its fields.

    A part's name has the path itself, and its settings have paths below: ``optimizer`` is ``adam`` and
    ``optimizer.beta1`` is ``0.9``.
    """
    return {path: show_value(value) for path, value in setting_values(experiment).items()}


def describe(run: Run) -> dict[str, str]:
    """Return a run's initial settings, then changes during training, then results."""
    return settings_of(run.experiment, run.architecture) | adjustments_of(run) | results_of(run)


def settings_of(experiment: Experiment, architecture: str) -> dict[str, str]:
    """Return the initial settings of a run.

    Sizes of input and output that come from the data set are taken from the network, such as ``14-100-40-4``, so that
    experiments that train equally do not differ.
    """
    sizes = architecture.split("-")
    ends = {"input_size": sizes[0], "output.size": sizes[-1]} if len(sizes) > 1 else {}
    return flatten(experiment) | ends


def describe_adjustments(adjustments: Iterable[Adjusted]) -> dict[str, str]:
    """Return the settings that changed during training, with values and iterations."""
    values: dict[str, str] = {}
    for adjusted in adjustments:
        path = f"adjusted.{adjusted.setting}"
        value = "changed" if adjusted.setting == "data" else f"{adjusted.value:g}"
        value_text = f"{value} after {adjusted.iteration:,}"
        values[path] = f"{values[path]}, {value_text}" if path in values else value_text
    return values


def adjustments_of(run: Run) -> dict[str, str]:
    """Return the settings that changed during training with their values, and the run that was forked."""
    adjustments = describe_adjustments(run.adjustments)
    if run.forked_from is not None:
        origin, iteration = run.forked_from
        adjustments["adjusted.goes_on_from"] = f"{origin.architecture} ({origin.id}) after {iteration:,}"
    elif run.goes_on_from:
        adjustments["adjusted.goes_on_from"] = run.goes_on_from
    return adjustments


def results_of(run: Run) -> dict[str, str]:
    """Return a run's results so far; after its end, the figures of the kept weights."""
    facts = facts_of(AnnotatedRun(run))
    score = SCORE_NAMES[run.task].replace(" ", "_")
    results = facts.record.results
    reached: dict[str, str] = {}
    for name in _REACHED:
        value = find_field(name).read(facts)
        if name.startswith("validation") and value is None and (results is None or results.validation is None):
            continue
        is_figure = name.endswith(("_cost", "_score"))
        reached[f"result.{name.replace('score', score)}"] = _show_figure(value) if is_figure else _show_result(value)
    reached |= {f"result.{name}": _show_figure(value) for name, value in facts.record.metrics.items()}
    scale = facts.record.cost_scale
    if scale is not None:
        errors = {f"result.{part}_{scale.figure}": facts.record.cost_in_units(part) for part in PARTS}
        reached |= {path: _show_result(error) for path, error in errors.items() if error is not None}
    return reached


def _show_figure(value: float | None) -> str:
    return NOTHING if value is None or isnan(value) else format_figure(value)


def _show_result(value: Any) -> str:
    if isinstance(value, float):
        return NOTHING if isnan(value) else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else show_value(value)


def side_by_side(columns: Sequence[Mapping[str, str]]) -> list[Difference]:
    """Return all settings of the runs, each with the runs' values.

    Parameters
    ----------
    columns : sequence of mapping
        One mapping per run, as from `describe`. The order is that of the first; paths that only others have are
        inserted at their places.
    """
    order: list[str] = []
    for column in columns:
        _weave(order, list(column))
    return [Difference(path, tuple(column.get(path, NOTHING) for column in columns)) for path in order]


def readable(lines: Sequence[Difference], layers: Sequence[str], *, everything: bool = False) -> list[Difference]:
    """Return the lines for reading: results, then settings, then changes during training.

    Parameters
    ----------
    lines : sequence of Difference
        All lines of `side_by_side`.
    layers : sequence of str
        The layers of each run in one text, from `describe_layers`, in place of their number.
    everything : bool, default False
        Whether equal lines and each layer's settings are included; otherwise the figures of the test part, and what
        differs.

    Returns
    -------
    list of Difference
    """
    shown = [replace(line, values=tuple(layers)) if line.path == "layers" else line for line in lines]
    shown.sort(key=_place)
    if everything:
        return shown
    return [
        line
        for line in shown
        if line.path.startswith(_ALWAYS) or (line.differs and not line.path.startswith(_OF_ONE_LAYER))
    ]


def _place(line: Difference) -> tuple[int, int]:
    """Return the sort key of a line: the part of the reading, and the part of the data of a result."""
    path = line.path
    if path in _OF_NETWORK or not path.startswith((_RESULT, _CHANGE)):
        return (1, 0)
    if path.startswith(_CHANGE):
        return (2, 0)
    parts = [place for place, part in enumerate(reversed(PARTS)) if path.startswith(f"{_RESULT}{part}_")]
    return (0, parts[0] if parts else len(PARTS))


def _weave(order: list[str], paths: Sequence[str]) -> None:
    """Insert missing paths into the order, each after its predecessor."""
    place_of, added, place = {path: index for index, path in enumerate(order)}, [], -1
    for path in paths:
        if path in place_of:
            place = place_of[path]
        else:
            added.append((place, path))
    for offset, (place, path) in enumerate(sorted(added, key=lambda each: each[0])):
        order.insert(place + 1 + offset, path)
