"""Checkpoints: the complete state of a training in a file, from which it continues bit for bit."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from joml.files.atomic_write import whole_file
from joml.files.regular_file import open_regular
from joml.files.weights import DAMAGE
from joml.layer import Layer, OutputLayer
from joml.layers.base_layer import BaseLayer
from joml.training.trainer import Trainer

#: The name of the entry that describes the layers of a state.
_LAYERS = "layers"


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says which file and why."""


def save(trainer: Trainer, path: str | Path) -> None:
    """Write a training's state to an NPZ file.

    The file is written atomically; an existing file is replaced.

    Parameters
    ----------
    trainer : Trainer
    path : str or Path

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with whole_file(Path(path), overwrite=True) as temporary, temporary.open("wb") as file:
        layers = np.array(json.dumps([_describe_layer(layer) for layer in trainer.network.layers]))
        arrays: dict[str, Any] = {_LAYERS: layers, **trainer.state()}
        np.savez(file, **arrays)  # without allow_pickle, which NumPy before 2.2 would take for an array
        file.flush()
        os.fsync(file.fileno())


def load(trainer: Trainer, path: str | Path) -> None:
    """Continue a training from a file that ``save`` wrote.

    Parameters
    ----------
    trainer : Trainer
        A trainer like the saved one: with the same layers, optimizer, batch size and data.
    path : str or Path

    Raises
    ------
    CheckpointError
        The file is not a checkpoint, is damaged, or belongs to another kind of training; the trainer is not changed.
    OSError
        The file cannot be read.
    """
    # Opened here, because np.load does not close a damaged file that it opened itself.
    with open_regular(path) as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                state = {name: archive[name] for name in archive.files}
        except (*DAMAGE, OSError) as error:
            raise CheckpointError(f"{path} is not a checkpoint, or is damaged: {error}") from error
        except (AttributeError, TypeError) as error:  # a single array
            raise CheckpointError(f"{path} is not a checkpoint: it holds one array") from error
    try:
        _require_layers(trainer, state.pop(_LAYERS, None))
        trainer.restore(state)
    except (ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is of another training than this one: {error}") from error


def _describe_layer(layer: BaseLayer) -> str:
    """Return a description of a layer's settings that affect training, without its parameters and optimizer."""
    if not isinstance(layer, Layer):
        settings = ", ".join(f"{name}={getattr(layer, name)!r}" for name in layer.setting_names)
        return re.sub(r" at 0x[0-9a-f]+", "", f"{type(layer).__name__}({settings})")
    parts = [f"{layer.size} units", repr(layer.activation_function)]
    if isinstance(layer, OutputLayer):
        parts.append(repr(layer.cost_function))
    parts += [f"{name}={getattr(layer, name)}" for name in ("dropout", "normalised", "residual")]
    return re.sub(r" at 0x[0-9a-f]+", "", ", ".join(parts))  # without a function's address in memory


def _require_layers(trainer: Trainer, layers: object) -> None:
    """Raise ValueError unless the layers are the ones described in a file; earlier files describe none."""
    if layers is None:
        return
    theirs = json.loads(str(layers))
    ours = [_describe_layer(layer) for layer in trainer.network.layers]
    if not isinstance(theirs, list) or len(theirs) != len(ours):
        count = len(theirs) if isinstance(theirs, list) else "no"
        raise ValueError(f"it describes {count} layers, and this network has {len(ours)}")
    for place, (their, our) in enumerate(zip(theirs, ours, strict=True), start=1):
        if their != our:
            raise ValueError(f"layer {place} has {their}; here it has {our}")
