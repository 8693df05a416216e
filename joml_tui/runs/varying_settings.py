"""The settings that differ between runs, as fields for the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from joml_tui.runs.run_fields import RunField, find_field
from joml_tui.runs.setting_paths import without_places

#: The settings that have fields of their own, in the order of columns.
_FIELDS = {
    "dataset": "dataset",
    "dataset.path": "dataset",
    "optimizer": "optimizer",
    "optimizer.learning_rate": "learning_rate",
    "batch_size": "batch_size",
    "seed": "seed",
    "replicas": "replicas",
}
#: Settings that other columns of a table show: the name of a run, its network and its epochs.
_SHOWN_OTHERWISE = {"name", "input_size", "output.size", "layers", "layers[].size", "epochs"}
#: More than this, and the runs are about different things.
_MOST = 6

#: The values of an experiment's settings by path, with ``[]`` for each index; equal values of several layers once.
Patterns = Mapping[str, tuple[Any, ...]]


def settings_by_pattern(settings: Mapping[str, Any]) -> Patterns:
    """Return the settings of an experiment for `varying_fields`.

    Parameters
    ----------
    settings : mapping of str to Any
        From `setting_values`.

    Returns
    -------
    mapping of str to tuple
        By path, such as ``layers[].activation``. A group of settings that an experiment may do without, such as
        ``early_stopping``, is true where the experiment has it.
    """
    values: dict[str, dict[str, Any]] = {}
    for path, value in settings.items():
        pattern = without_places(path)
        values.setdefault(pattern, {})[repr(value)] = value
        group = pattern
        while "." in group:
            group = group.rpartition(".")[0]
            values.setdefault(group, {"True": True})
    return {pattern: tuple(each.values()) for pattern, each in values.items()}


def varying_fields(runs: Sequence[Patterns]) -> list[RunField]:
    """Return the fields of the settings that differ between runs, at most six.

    A setting that only some runs have differs if these have different values. The settings of different data sets are
    not compared, nor those of different optimizers.

    Parameters
    ----------
    runs : sequence of Patterns
        From `settings_by_pattern`.

    Returns
    -------
    list of RunField
        The usual settings first.
    """
    if len(runs) < 2:
        return []
    varying = {path for path in dict.fromkeys(path for run in runs for path in run) if _varies(path, runs)}
    ignored = tuple(f"{part}." for part in ("dataset", "optimizer") if part in varying)
    usual = dict.fromkeys(name for path, name in _FIELDS.items() if path in varying and not path.startswith(ignored))
    others = [
        path
        for path in dict.fromkeys(path for run in runs for path in run)
        if path in varying and path not in _FIELDS and path not in _SHOWN_OTHERWISE and not path.startswith(ignored)
    ]
    return [find_field(name) for name in (*usual, *others)][:_MOST]


def _varies(path: str, runs: Sequence[Patterns]) -> bool:
    values = {repr(run[path]) for run in runs if path in run}
    return len(values) > 1
