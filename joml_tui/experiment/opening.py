"""Opening of experiments as a user names them: a preset, an experiment or a data file, with changes of its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from msgspec import structs

from joml.data.library import datasets
from joml_tui import decoding
from joml_tui.decoding import format_path
from joml_tui.experiment.data_files import describe_data_file, is_data_file, with_labels_apart
from joml_tui.experiment.grid import GridError, put_value, set_value
from joml_tui.experiment.loading import expand_user
from joml_tui.experiment.presets import experiment_path, list_presets
from joml_tui.experiment.yaml_text import (
    ExperimentError,
    OpenedExperiment,
    anchor_own_parts,
    build_experiment,
    read_document,
    read_text,
    shown_path,
)
from joml_tui.working_folder import working_folder

_DATASET = "dataset."
_COLUMN = "dataset.columns."
#: Settings that only data files have, with the options of the command line that change them.
_OF_COLUMNS = {"label": "--target", "ignore": "--ignore", "task": "--task"}

#: Settings that take the place of the stratified split that is chosen for a data file of classes.
_INSTEAD_OF_STRATIFIED = ("split.by", "split.group")


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A change of one setting of an experiment.

    Attributes
    ----------
    path : str
        Such as ``optimizer.learning_rate``.
    value : Any
        The value as in YAML.
    """

    path: str
    value: Any


def _is_mark(text: str) -> bool:
    """Return whether a text is one punctuation mark, such as a delimiter, which is no YAML value by itself."""
    return len(text) == 1 and text in ",;:|-?!#>&*%@`"


def read_change(text: str) -> SettingChange:
    """Read a change from a text such as ``optimizer.learning_rate=0.01``; the value is YAML.

    Raises
    ------
    ExperimentError
        The text has no path or no value, or the value is not YAML.
    """
    path, equals, value = text.partition("=")
    path = path.strip()
    if not equals or not path:
        raise ExperimentError("write PATH=VALUE, such as optimizer.learning_rate=0.01")
    if not path.isprintable():
        raise ExperimentError(f"{path!a} is no path of a setting, such as optimizer.learning_rate")
    if not value.strip():
        raise ExperimentError(f"{path}: the value is missing; write null for no value, or '' for an empty text")
    if path == "version":
        raise ExperimentError("version: is that of the format, and no setting")
    if _is_mark(value.strip()):
        return SettingChange(path, value.strip())
    return SettingChange(path, read_document(value, path)[0])


def describe_replaced(changes: Sequence[SettingChange]) -> list[str]:
    """Return sentences on changes that a later one replaces, such as that of a rate by that of its optimizer.

    Parameters
    ----------
    changes : sequence of SettingChange
        In the order in which they are made.

    Returns
    -------
    list of str
    """
    sentences = []
    for place, change in enumerate(changes):
        for later in changes[place + 1 :]:
            keeps = later.path == "layers" and isinstance(later.value, str)  # settings that a text of layers lacks
            if change.path.startswith((f"{later.path}.", f"{later.path}[")) and not keeps:
                sentences.append(f"{later.path} is set after {change.path} and replaces it: set {later.path} first.")
    return sentences


def open_experiment(name: str, changes: Sequence[SettingChange] = ()) -> OpenedExperiment:
    """Open a preset, an experiment in a file, or a data file, and change some of its settings.

    Changes of the data set come first, because output layer, network and training may depend on it.

    Parameters
    ----------
    name : str
        The name of a preset, or the path of a file.
    changes : sequence of SettingChange, optional

    Returns
    -------
    OpenedExperiment

    Raises
    ------
    ExperimentError
        There is no such preset or file, it is not an experiment, or a change does not fit.
    """
    of_data = [_with_full_path(each) for each in changes if each.path.startswith(_DATASET)]
    is_preset = any(preset.name == name for preset in list_presets())
    if not is_preset and is_data_file(name):
        given = {each.path.removeprefix(_DATASET): each.value for each in of_data}
        simple = {setting: value for setting, value in given.items() if setting.isidentifier()}
        described = describe_data_file(name, simple)
        of_data = [each for each in of_data if each.path.removeprefix(_DATASET) not in simple]
        experiment_folder = Path(name).parent
        opened = build_experiment(_changed(described.data, of_data), _fault, working_folder())
        are_set = any(each.path.startswith(_COLUMN) for each in of_data)
        codes = "" if are_set else described.codes
        opened = replace(opened, target=described.target, codes=codes, encoding=described.encoding)
    else:
        path = experiment_path(name)
        experiment_folder = path.parent
        data, fault = read_document(read_text(path), shown_path(path))
        if of_data:
            build_experiment(data, fault, path.parent)  # names the line of what is wrong in the file itself
            data, fault = _changed(data, of_data), _fault
            _check_columns(name, data, of_data)
            data = with_labels_apart(data, path.parent)
        opened = build_experiment(data, fault, path.parent)
    experiment = opened.experiment
    if opened.is_chosen and any(change.path in _INSTEAD_OF_STRATIFIED for change in changes):
        experiment = structs.replace(experiment, split=structs.replace(experiment.split, stratified=False))
    for change in changes:
        if not change.path.startswith(_DATASET):
            try:
                experiment = set_value(experiment, change.path, change.value)
            except GridError as error:
                raise ExperimentError(str(error).removesuffix(".")) from error
    # Parts of your own that changes name are in this folder, as their files are, or beside the experiment.
    for folder in (working_folder(), experiment_folder):
        experiment = anchor_own_parts(experiment, folder)
    return replace(opened, experiment=experiment)


def _changed(data: dict[str, Any], changes: Sequence[SettingChange]) -> dict[str, Any]:
    for change in changes:
        try:
            put_value(data, change.path, change.value)
        except GridError as error:
            raise ExperimentError(str(error).removesuffix(".")) from error
    return data


def _check_columns(name: str, data: Mapping[str, Any], changes: Sequence[SettingChange]) -> None:
    """Raise an error if columns are chosen in data that have none."""
    dataset = data.get("dataset")
    part = datasets().get(str(dataset.get("name"))) if isinstance(dataset, dict) else None
    if part is None:
        return
    settings = {each.name for each in part.settings}
    for change in changes:
        setting = change.path.removeprefix(_DATASET)
        if setting in _OF_COLUMNS and setting not in settings:
            raise ExperimentError(
                f"{change.path}: the data of {name}, {part.name}, have no columns to choose; {_OF_COLUMNS[setting]} is "
                f"for data files: name one in place of {name}, such as joml-tui run flowers.csv --target species"
            )


def _fault(path: decoding.Path, fault: str) -> ExperimentError:
    return ExperimentError(f"{format_path(path)}: {fault}")


def _with_full_path(change: SettingChange) -> SettingChange:
    """Return the change with the path of a file that starts in this folder, not in that of the experiment."""
    files = {each.name for part in datasets().values() for each in part.settings if each.about.unit == "file"}
    if change.path.removeprefix(_DATASET) not in files or not isinstance(change.value, str):
        return change
    return replace(change, value=str(expand_user(change.value).absolute()))
