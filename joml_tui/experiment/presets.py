"""Presets of the package and of the user: finding and reading them.

A preset is a YAML file in the folder of its kind: a whole experiment, or that part of one that chooses its data set
or its optimizer. Its file's name without ``.yaml`` is its name; a comment in its first line is its title.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import platformdirs
from msgspec import Struct

import joml_tui
from joml_tui.decoding import shown, suggest
from joml_tui.experiment import DatasetSpec, Experiment, OptimizerSpec
from joml_tui.experiment.yaml_text import (
    ExperimentError,
    anchor,
    anchor_own_parts,
    load_experiment,
    parse,
    read_text,
    shown_path,
)
from joml_tui.names import find_name

T = TypeVar("T")

Kind = Literal["experiments", "datasets", "optimizers"]

#: The default experiment: the article's best network with the article's settings.
DEFAULT_PRESET = "article-14-100-40-4"

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset's file, name and title.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    path : Path
        The file.
    title : str
        One line for humans; by default the name.
    """

    name: str
    path: Path
    title: str


class _DatasetPreset(Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    dataset: DatasetSpec


class _OptimizerPreset(Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    optimizer: OptimizerSpec


def list_presets(kind: Kind = "experiments") -> list[Preset]:
    """Return the presets of a kind by name; a user's preset hides the package's one of the same name."""
    return [_read_preset(name, path) for name, path in sorted(_preset_paths(kind).items())]


def _preset_paths(kind: Kind) -> dict[str, Path]:
    """Return the files of the presets of a kind by the presets' names."""
    paths: dict[str, Path] = {}
    for folder in (package_folder() / kind, user_folder() / kind):
        try:
            files = sorted(folder.iterdir())
        except OSError:  # the folder does not exist or cannot be read
            continue
        paths |= {path.stem: path for path in files if path.suffix in _SUFFIXES and path.is_file()}
    return paths


def _read_preset(name: str, path: Path) -> Preset:
    return Preset(name, path, _read_title(path) or name)


def find_preset(name: str, kind: Kind = "experiments") -> Preset:
    """Return the preset with a name, ignoring case, hyphens, underscores and spaces.

    Raises
    ------
    ExperimentError
        There is none; the message suggests the nearest name.
    """
    paths = dict(sorted(_preset_paths(kind).items()))
    match = find_name(name, paths)
    if match is None:
        raise ExperimentError(f"no preset or file is called {shown(name)}; {suggest(name, paths)}")
    return _read_preset(match, paths[match])


def find_experiment(name_or_path: str | Path) -> Experiment:
    """Read an experiment from a preset's name or a file.

    A preset's name is tried first; a text that ends in .yaml or .yml, contains a slash or names a file is a path.

    Raises
    ------
    ExperimentError
        There is no such preset or file, or it is not an experiment.
    """
    return load_experiment(experiment_path(name_or_path))


def experiment_path(name_or_path: str | Path) -> Path:
    """Return the file of an experiment, given a preset's name or a path, as `find_experiment` finds it.

    Raises
    ------
    ExperimentError
        There is no preset of this name; whether a path exists is not checked.
    """
    text = str(name_or_path)
    for preset in list_presets():
        if preset.name == text:
            return preset.path
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.suffix in _SUFFIXES or path.name != text or _is_file(path):
        return path
    return find_preset(text).path


def load_dataset_spec(preset: Preset) -> DatasetSpec:
    """Read a data set's preset; relative paths of data files start at the preset's folder.

    Raises
    ------
    ExperimentError
        The file cannot be read or does not choose a data set.
    """
    dataset = _parse(preset, _DatasetPreset).dataset
    return anchor(anchor_own_parts(dataset, preset.path.parent), preset.path.parent)


def load_optimizer(preset: Preset) -> OptimizerSpec:
    """Read an optimizer's preset; the file of a custom optimizer is searched in the preset's folder.

    Raises
    ------
    ExperimentError
        The file cannot be read or does not choose an optimizer.
    """
    optimizer = _parse(preset, _OptimizerPreset).optimizer
    return anchor_own_parts(optimizer, preset.path.parent)


def _parse(preset: Preset, type_: type[T]) -> T:
    kept = preset.path.is_relative_to(package_folder())
    return parse(read_text(preset.path), shown_path(preset.path), type_, kept=kept)


def package_folder() -> Path:
    """Return the folder of the package's presets: in the installed package, or at a checkout's root."""
    package = Path(joml_tui.__file__).parent
    installed = package / "presets"
    return installed if installed.is_dir() else package.with_name("presets")


def user_folder() -> Path:
    """Return the folder of the user's presets; it need not exist."""
    return platformdirs.user_config_path("joml-tui", appauthor=False) / "presets"


def _is_file(path: Path) -> bool:
    """Return whether there is a file, be it one that cannot be read like a pipe."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:  # such as a name that is too long
        return False


def _read_title(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            line = file.readline(200)
    except OSError:
        return ""
    return line.removeprefix("#").strip() if line.startswith("#") else ""
