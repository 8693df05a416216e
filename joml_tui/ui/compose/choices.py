"""The presets that the compose area offers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec.structs import replace
from textual.content import Content

from joml_tui.experiment import (
    AdamSpec,
    Blobs,
    Circles,
    CsvFile,
    DatasetSpec,
    GradientDescentSpec,
    IdxFiles,
    Moons,
    NpzFile,
    OptimizerSpec,
    Parity,
    SpinGlass,
    Spirals,
    Xor,
)
from joml_tui.experiment_yaml import ExperimentError
from joml_tui.presets import Preset, list_presets, load_dataset_spec, load_optimizer
from joml_tui.ui.text import number, plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One line of a list to choose from."""

    name: str
    value: T
    title: str = ""

    @property
    def prompt(self) -> Content:
        """The name, and beneath it the title, as a list shows them; the closed list has room for the name only."""
        name = Content(plain(self.name, 60))
        if self.title in ("", self.name):
            return name
        return Content.assemble(name, "\n", (plain(self.title, 80), "$foreground 60%"))


def experiment_choices(current: str) -> tuple[list[Choice[Preset]], int | None]:
    """Return the experiments one can start from, and which of them has the name ``current``."""
    choices = [Choice(preset.name, preset, preset.title) for preset in list_presets("experiments")]
    return choices, next((index for index, choice in enumerate(choices) if choice.name == current), None)


def dataset_choices(current: DatasetSpec) -> tuple[list[Choice[DatasetSpec]], int]:
    """Return the data sets of the presets, a file of one's own, and which of them is the current one."""
    choices: list[Choice[DatasetSpec]] = []
    for preset in list_presets("datasets"):
        # A broken file of the user's own is left out: `joml-tui presets` says what is wrong with it.
        with suppress(ExperimentError):
            choices.append(Choice(preset.name, load_dataset_spec(preset), preset.title))
    own: DatasetSpec = CsvFile(path="")
    if isinstance(current, CsvFile) and not any(choice.value == current for choice in choices):
        # Its path has an entry of its own; what has none is kept in the choice.
        own = current = replace(current, path="")
    choices.append(Choice("CSV file", own, "A file of your own"))
    return _with_current(choices, current, describe_dataset(current))


def optimizer_choices(current: OptimizerSpec) -> tuple[list[Choice[OptimizerSpec]], int]:
    """Return the optimizers of the presets, and which of them is the current one."""
    choices: list[Choice[OptimizerSpec]] = []
    for preset in list_presets("optimizers"):
        with suppress(ExperimentError):
            choices.append(Choice(preset.name, load_optimizer(preset), preset.title))
    return _with_current(choices, current, describe_optimizer(current))


def describe_dataset(dataset: DatasetSpec) -> str:
    """Write a data set as one short text."""
    match dataset:
        case SpinGlass():
            return "spin-glass-14"
        case Parity(bits=bits):
            return f"parity of {bits} bits"
        case Xor() | Circles() | Moons():
            name = dataset.__struct_config__.tag
            return f"{name}, {dataset.samples:,} samples, noise {number(dataset.noise)}"
        case Spirals(samples=samples, arms=arms, noise=noise):
            return f"{arms} spirals, {samples:,} samples, noise {number(noise)}"
        case Blobs(samples=samples, classes=classes, noise=noise):
            return f"{classes} blobs, {samples:,} samples, noise {number(noise)}"
        case CsvFile(path=path) | NpzFile(path=path) | IdxFiles(images=path):
            return path.replace("\\", "/").rsplit("/", 1)[-1] or "CSV file"


def describe_optimizer(optimizer: OptimizerSpec) -> str:
    """Write an optimizer with its settings as one short text."""
    match optimizer:
        case GradientDescentSpec(learning_rate=rate):
            return f"Gradient descent {number(rate)}"
        case AdamSpec(learning_rate=rate, beta1=beta1, beta2=beta2, epsilon=epsilon):
            rest = (beta1, beta2, epsilon)
            settings = "" if rest == (0.9, 0.999, 1e-8) else "".join(f", {number(value)}" for value in rest)
            return f"Adam {number(rate)}{settings}"


def _with_current(choices: list[Choice[T]], current: T, name: str) -> tuple[list[Choice[T]], int]:
    for index, choice in enumerate(choices):
        if choice.value == current:
            return choices, index
    return [*choices, Choice(name, current)], len(choices)
