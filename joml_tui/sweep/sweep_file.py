"""Sweep files: a base experiment, a grid of settings, and seeds; and the jobs that follow from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from joml_tui import decoding
from joml_tui.decoding import DecodingError, decode, shown, suggest
from joml_tui.experiment import Experiment, problems
from joml_tui.experiment.data_files import is_data_file
from joml_tui.experiment.grid import Combination, GridError, GridSetting, combinations
from joml_tui.experiment.opening import open_experiment
from joml_tui.experiment.presets import find_experiment, list_presets
from joml_tui.experiment.several_targets import names_several, with_task_of_targets
from joml_tui.experiment.usual_output import with_usual_output
from joml_tui.experiment.yaml_text import (
    ExperimentError,
    anchor,
    anchor_own_parts,
    dump_experiment,
    load_experiment,
    read_document,
    read_text,
    shown_path,
    with_earlier_tasks,
)

#: Largest number of jobs; more are probably a typing error.
MOST_JOBS = 10_000
_MOST_SEED = 2**63 - 1
_LONGEST_NAME = 100
_KEYS = ("version", "name", "base", "grid", "seeds")
_Fault = Callable[[decoding.Path, str], ExperimentError]


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a sweep.

    Attributes
    ----------
    place : int
        Its place among the sweep's jobs.
    cell : int
        The place of its cell.
    experiment : Experiment
    yaml : str
        The experiment in the store's format.
    label : str
        The values that distinguish it, such as "learning_rate 0.01, seed 3".
    """

    place: int
    cell: int
    experiment: Experiment
    yaml: str
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of the grid's values, with jobs that differ only in the seed.

    Attributes
    ----------
    label : str
        Such as "learning_rate 0.01, network 14-28x6-4"; empty if there is no grid.
    values : tuple
        One value per setting of the grid.
    jobs : tuple of Job
        One job per seed.
    """

    label: str
    values: tuple[Any, ...]
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """The content of a sweep file.

    Attributes
    ----------
    name : str
        The name in the file; may be empty.
    identity : str
        The key of its runs in the store: its name, or else a digest of its experiments.
    paths : tuple of str
        The settings of the grid.
    cells : tuple of Cell
        All combinations of their values; the last setting changes fastest.
    """

    name: str
    identity: str
    paths: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def jobs(self) -> list[Job]:
        """All jobs, cell by cell."""
        return [job for cell in self.cells for job in cell.jobs]


def load_sweep(path: str | Path) -> Sweep:
    """Read a sweep from a file.

    Relative paths of its base and of data files start at the file's folder.

    Raises
    ------
    ExperimentError
        The file cannot be read, is not a sweep, or one of its experiments cannot run; the message names file, line and
        field.
    """
    return parse_sweep(read_text(path), shown_path(path), Path(path).parent)


def parse_sweep(text: str, source: str = "sweep", folder: Path | None = None) -> Sweep:
    """Read a sweep from YAML text; see ``load_sweep``."""
    data, fault = read_document(text, source)
    if not isinstance(data, dict):
        raise fault((), f"expected a mapping of {', '.join(_KEYS[1:])}, got {shown(data)}")
    for key in data:
        if key not in _KEYS:
            raise fault((key,), f"unknown key; {suggest(key, _KEYS)}")
    if data.get("version", 1) != 1 or isinstance(data.get("version"), bool):
        raise fault(("version",), f"expected 1, got {shown(data['version'])}")
    folder = folder or Path()
    name = _name(data.get("name", ""), fault)
    base = _base(data, folder, fault)
    settings = _settings(data.get("grid", {}), fault)
    seeds = _seeds(data["seeds"], fault) if "seeds" in data else (base.seed,)
    cells = _cells(_combinations(base, settings, fault), seeds, folder, fault)
    jobs = "".join(with_earlier_tasks(job.yaml) for cell in cells for job in cell.jobs)
    identity = name or f"sweep-{hashlib.sha256(jobs.encode()).hexdigest()[:16]}"
    return Sweep(name, identity, tuple(setting.path for setting in settings), cells)


def _name(value: object, fault: _Fault) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_NAME:
        raise fault(("name",), f"expected text of at most {_LONGEST_NAME} characters in one line, got {shown(value)}")
    return value.strip()


def _base(data: dict[str, Any], folder: Path, fault: _Fault) -> Experiment:
    if "base" not in data:
        raise fault(("base",), "this key is missing; write a preset's name, a path of an experiment, or an experiment")
    value = data["base"]
    try:
        if isinstance(value, str) and value:
            return _named(value, folder)
        if isinstance(value, dict):
            experiment = decode(value, Experiment)
            if names_several(getattr(experiment.dataset, "label", None)):
                dataset = with_task_of_targets(anchor(experiment.dataset, folder), value["dataset"])
                experiment = structs.replace(experiment, dataset=dataset)
            return with_usual_output(experiment, value.get("output") or ())
    except DecodingError as error:
        raise fault(("base", *error.path), error.fault) from error
    except ExperimentError as error:
        raise fault(("base",), str(error)) from error
    raise fault(("base",), f"expected a preset's name, a path of an experiment, or an experiment, got {shown(value)}")


def _named(name: str, folder: Path) -> Experiment:
    path = folder / name
    if is_data_file(str(path)) and name not in {preset.name for preset in list_presets()}:
        return open_experiment(str(path)).experiment
    is_path = path.suffix in (".yaml", ".yml") or Path(name).name != name
    if is_path and name not in {preset.name for preset in list_presets()}:
        return load_experiment(path)
    return find_experiment(name)


def _settings(grid: object, fault: _Fault) -> list[GridSetting]:
    if not isinstance(grid, dict):
        raise fault(("grid",), f"expected a mapping of settings to lists of values, got {shown(grid)}")
    if "seed" in grid:
        raise fault(("grid", "seed"), "seeds have a key of their own; write seeds: beside grid:")
    return [_setting(("grid", path), path, values, fault) for path, values in grid.items()]


def _setting(where: decoding.Path, path: str, values: object, fault: _Fault) -> GridSetting:
    """Return a setting from values in a list, or in a text as in the lab, such as 0.001, 0.01 or 0..4."""
    try:
        if isinstance(values, str):
            return GridSetting.parse(path, values)
        return GridSetting.of(path, values if isinstance(values, list) else [values])
    except GridError as error:
        raise fault(where, _without(path, error)) from error


def _seeds(value: object, fault: _Fault) -> tuple[int, ...]:
    """Return seeds: the first ones from 0 for a number, or those of a list."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_JOBS:
            raise fault(("seeds",), f"expected how many seeds, from 1 to {MOST_JOBS:,}, or a list, got {value}")
        return tuple(range(value))
    if not isinstance(value, str | list):
        raise fault(("seeds",), f"expected how many seeds, or a list of them, got {shown(value)}")
    seeds = _setting(("seeds",), "seeds", value, fault).values
    for place, seed in enumerate(seeds):
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= _MOST_SEED:
            where: decoding.Path = ("seeds", place) if isinstance(value, list) else ("seeds",)
            raise fault(where, f"expected a whole number from 0 to 2^63 - 1, got {shown(seed)}")
    return seeds


def _combinations(base: Experiment, settings: list[GridSetting], fault: _Fault) -> list[Combination]:
    if not settings:
        return [Combination(base, "")]
    try:
        return combinations(base, settings)
    except GridError as error:
        if error.at is None:
            raise fault(("grid",), str(error).removesuffix(".")) from error
        setting, value = error.at
        path = settings[setting].path
        raise fault(("grid", path, value), _without(path, error)) from error


def _cells(combined: list[Combination], seeds: tuple[int, ...], folder: Path, fault: _Fault) -> tuple[Cell, ...]:
    count = len(combined) * len(seeds)
    if count > MOST_JOBS:
        raise fault(("seeds",), f"the sweep would make {count:,} runs; at most {MOST_JOBS:,} are allowed")
    cells: list[Cell] = []
    label_of: dict[str, str] = {}
    for combination in combined:
        base = anchor_own_parts(combination.experiment, folder)
        base = structs.replace(base, dataset=anchor(base.dataset, folder))
        where: decoding.Path = ("grid",) if combination.label else ("base",)
        for problem in problems(base):
            label = f"{combination.label}: " if combination.label else ""
            raise fault(where, f"{label}{problem.field}: {problem.message}")
        jobs = []
        for seed in seeds:
            experiment = structs.replace(base, seed=seed)
            yaml = dump_experiment(experiment)
            label = ", ".join(filter(None, (combination.label, f"seed {seed}")))
            if yaml in label_of:
                raise fault(where, f"{label_of[yaml]} and {label} are the same experiment; leave one of them out")
            label_of[yaml] = label
            jobs.append(Job(len(label_of) - 1, len(cells), experiment, yaml, label))
        cells.append(Cell(combination.label, combination.values, tuple(jobs)))
    return tuple(cells)


def _without(path: str, error: GridError) -> str:
    """Return the error without the setting's path, which the message already names, and without the full stop."""
    return str(error).removeprefix(f"{path}: ").removesuffix(".")
