"""What differs between runs: their settings as dotted paths, what was adjusted under way, and what they reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from joml.statistics.metrics import SCORE_NAMES
from joml_tui.experiment import Experiment
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.run_fields import facts_of, find_field
from joml_tui.runs.run_record import PARTS
from joml_tui.runs.setting_paths import NOTHING, setting_values, show_value

if TYPE_CHECKING:
    from joml_tui.runs.run import Run
    from joml_tui.runs.worker.messages import Adjusted

#: What runs have reached is compared by these fields.
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


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of several runs.

    Attributes
    ----------
    path : str
        Such as ``optimizer.learning_rate`` or ``layers[2].size``.
    values : tuple of str
        One of each run, in their order.
    """

    path: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs do not all have the same."""
        return len(set(self.values)) > 1


def flatten(experiment: Experiment) -> dict[str, str]:
    """Return an experiment's settings by their dotted paths, in the order of its fields.

    What is chosen by name stands under the path itself, its settings beneath: ``optimizer`` is ``adam`` and
    ``optimizer.beta1`` is ``0.9``.
    """
    return {path: show_value(value) for path, value in setting_values(experiment).items()}


def describe(run: Run) -> dict[str, str]:
    """Return a run's settings as it was started, then what was adjusted under way, then what it has reached."""
    return settings_of(run.experiment, run.architecture) | adjustments_of(run) | results_of(run)


def settings_of(experiment: Experiment, architecture: str) -> dict[str, str]:
    """Return the settings that a run was started with.

    Sizes of input and output that were left to the data set are those of the network, such as ``14-100-40-4``, that
    came of it: two experiments that train alike do not differ.
    """
    sizes = architecture.split("-")
    ends = {"input_size": sizes[0], "output.size": sizes[-1]} if len(sizes) > 1 else {}
    return flatten(experiment) | ends


def describe_adjustments(adjustments: Iterable[Adjusted]) -> dict[str, str]:
    """Return the settings that were changed under way, each with the values it took and after which iterations."""
    found: dict[str, str] = {}
    for adjusted in adjustments:
        path = f"adjusted.{adjusted.setting}"
        value = "changed" if adjusted.setting == "data" else f"{adjusted.value:g}"
        said = f"{value} after {adjusted.iteration:,}"
        found[path] = f"{found[path]}, {said}" if path in found else said
    return found


def adjustments_of(run: Run) -> dict[str, str]:
    """Return every setting that was changed under way with the values it took, and from which run it goes on."""
    found = describe_adjustments(run.adjustments)
    if run.forked_from is not None:
        origin, iteration = run.forked_from
        found["adjusted.goes_on_from"] = f"{origin.architecture} ({origin.id}) after {iteration:,}"
    elif run.goes_on_from:
        found["adjusted.goes_on_from"] = run.goes_on_from
    return found


def results_of(run: Run) -> dict[str, str]:
    """Return what a run has reached so far: once it has ended, the figures of the weights that it keeps."""
    facts = facts_of(AnnotatedRun(run))
    score = SCORE_NAMES[run.task].replace(" ", "_")
    results = facts.record.results
    reached: dict[str, str] = {}
    for name in _REACHED:
        value = find_field(name).read(facts)
        if name.startswith("validation") and value is None and (results is None or results.validation is None):
            continue
        reached[f"result.{name.replace('score', score)}"] = _show_result(value)
    reached |= {f"result.{name}": _show_result(value) for name, value in facts.record.metrics.items()}
    return reached


def _show_result(value: Any) -> str:
    if isinstance(value, float):
        return NOTHING if isnan(value) else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else show_value(value)


def side_by_side(columns: Sequence[Mapping[str, str]]) -> list[Difference]:
    """Return every setting of any of the runs, with what each of them has there.

    Parameters
    ----------
    columns : sequence of mapping
        One of each run, as `describe` gives it. The order is the first one's; what only others have follows where
        they have it.
    """
    order: list[str] = []
    for column in columns:
        _weave(order, list(column))
    return [Difference(path, tuple(column.get(path, NOTHING) for column in columns)) for path in order]


def _weave(order: list[str], paths: Sequence[str]) -> None:
    """Put paths that are not there yet behind the one that comes before them."""
    known, added, place = {path: index for index, path in enumerate(order)}, [], -1
    for path in paths:
        if path in known:
            place = known[path]
        else:
            added.append((place, path))
    for offset, (place, path) in enumerate(sorted(added, key=lambda each: each[0])):
        order.insert(place + 1 + offset, path)
