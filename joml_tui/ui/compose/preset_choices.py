"""The choices of the compose area's lists, from presets and parts."""

from __future__ import annotations

from contextlib import suppress
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from joml.declaration import Kind, parts_of
from joml_tui.experiment import (
    OUTPUT_ACTIVATIONS,
    Cost,
    CsvFile,
    DatasetSpec,
    OptimizerSpec,
    OutputActivation,
    OwnDatasetSpec,
    OwnOptimizerSpec,
    OwnSpec,
    Schedule,
    installed_parts,
    name_of,
    part_behind,
    reference_of,
    summary_of,
)
from joml_tui.experiment.dataset_specs import has_one_path, path_fields
from joml_tui.experiment.presets import Preset, list_presets, load_dataset_spec, load_optimizer
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.ui.text import number
from joml_tui.ui.widgets.choice import Choice

T = TypeVar("T")


def experiment_choices(current: str) -> tuple[list[Choice[Preset]], int | None]:
    """Return the experiments to start from, and the place of the one named ``current``."""
    choices = [Choice(preset.name, preset, preset.title) for preset in list_presets("experiments")]
    return choices, next((index for index, choice in enumerate(choices) if choice.name == current), None)


def dataset_choices(current: DatasetSpec) -> tuple[list[Choice[DatasetSpec]], int]:
    """Return the data sets of the presets and the user's own file, and the place of the current one."""
    choices: list[Choice[DatasetSpec]] = []
    for preset in list_presets("datasets"):
        # An invalid file of the user is left out; `joml-tui presets` reports it.
        with suppress(ExperimentError):
            choices.append(Choice(preset.name, load_dataset_spec(preset), preset.title))
    own = {"CSV file": CsvFile(path=""), "CSV file of values": CsvFile(path="", task="regression", standardize_y=True)}
    if isinstance(current, CsvFile) and not any(choice.value == current for choice in choices):
        # Its path has a separate entry; settings without an entry are kept in the choice.
        current = replace(current, path="")
        own["CSV file of values" if current.task == "regression" else "CSV file"] = current
    titles = ("A file of your own, with a column of classes", "A file of your own, with a column of numbers to predict")
    if has_one_path(current) and not isinstance(current, CsvFile):
        current = replace(current, path="")  # as that of a CSV file
    choices += [Choice(name, value, title) for (name, value), title in zip(own.items(), titles, strict=True)]
    for name in installed_parts("dataset"):
        choices.append(Choice(name, cast(DatasetSpec, OwnDatasetSpec(own=name)), "Of an installed package"))
    name = f"{name_of(current)} file".replace("folder file", "folder") if path_fields(current) else ""
    return _with_current(choices, current, name or describe_dataset(current))


def optimizer_choices(current: OptimizerSpec) -> tuple[list[Choice[OptimizerSpec]], int]:
    """Return the optimizers of the presets, and the place of the current one."""
    choices: list[Choice[OptimizerSpec]] = []
    for preset in list_presets("optimizers"):
        with suppress(ExperimentError):
            choices.append(Choice(preset.name, load_optimizer(preset), preset.title))
    for name in installed_parts("optimizer"):
        choices.append(Choice(name, cast(OptimizerSpec, OwnOptimizerSpec(own=name)), "Of an installed package"))
    return _with_current(choices, current, describe_optimizer(current))


def schedule_choices(current: Schedule) -> tuple[list[Choice[Schedule]], int]:
    """Return the schedules with default settings, and the place of the current one."""
    choices: list[Choice[Schedule]] = [Choice(name, name, part.title) for name, part in parts_of("schedule").items()]
    choices += _installed_choices("schedule")
    return _with_current(choices, current, describe_function(current))


def output_choices(current: OutputActivation) -> tuple[list[Choice[OutputActivation]], int]:
    """Return the activation functions of outputs, and the place of the current one."""
    choices: list[Choice[OutputActivation]] = [
        Choice(name, name, part_behind("activation", name).title) for name in OUTPUT_ACTIVATIONS
    ]
    choices += _installed_choices("activation")
    return _with_current(choices, current, describe_function(current))


def cost_choices(current: Cost) -> tuple[list[Choice[Cost]], int]:
    """Return the costs, and the place of the current one."""
    choices: list[Choice[Cost]] = [Choice(name, name, part.title) for name, part in parts_of("cost").items()]
    choices += _installed_choices("cost")
    return _with_current(choices, current, describe_function(current))


def _installed_choices(kind: Kind) -> list[Choice[str | Struct]]:
    """Return the parts of installed packages."""
    return [Choice(name, OwnSpec(name), "Of an installed package") for name in installed_parts(kind)]


def describe_dataset(dataset: DatasetSpec) -> str:
    """Return a short description of a data set."""
    return summary_of(dataset, number)


def describe_optimizer(optimizer: OptimizerSpec) -> str:
    """Return a short description of an optimizer with its settings."""
    if reference_of(optimizer):
        return ", ".join([f"{name_of(optimizer)} {number(optimizer.learning_rate)}", *_around(optimizer)])
    usual = type(optimizer)()
    names = [name for name in type(optimizer).__match_args__[1:] if getattr(optimizer, name) != getattr(usual, name)]
    changed = [f"{name.replace('_', ' ')} {number(getattr(optimizer, name))}" for name in names]
    label = part_behind("optimizer", optimizer).label
    return ", ".join([f"{label} {number(optimizer.learning_rate)}", *changed, *_around(optimizer)])


def describe_function(function: str | Struct) -> str:
    """Return a short description of an activation function, a cost or a schedule with its settings."""
    if isinstance(function, str):
        return function
    if reference_of(function):
        pairs = getattr(function, "settings", ())
        return ", ".join([name_of(function), *(f"{name} {value}" for name, value in pairs)])
    settings = [getattr(function, name) for name in type(function).__match_args__]
    return ", ".join([name_of(function), *(number(value) for value in settings if value is not None)])


def _around(optimizer: OptimizerSpec) -> list[str]:
    """Return the descriptions of an optimizer's decay, clipping and schedule."""
    parts = {"l1": optimizer.l1, "l2": optimizer.l2, "clip": optimizer.clip_norm, "warm-up": optimizer.warm_up}
    schedule = describe_function(optimizer.schedule)
    names = [] if schedule == "constant" else [schedule]
    return names + [f"{name} {number(value)}" for name, value in parts.items() if value]


def _with_current(choices: list[Choice[T]], current: T, name: str) -> tuple[list[Choice[T]], int]:
    for index, choice in enumerate(choices):
        if choice.value == current:
            return choices, index
    return [*choices, Choice(name, current)], len(choices)
