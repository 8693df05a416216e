"""Checkpoints: all that a training depends on, in a file from which it continues bit for bit."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from joml.training import Trainer
from joml.writing import whole_file


class CheckpointError(ValueError):
    """A checkpoint cannot be used; says which file and why."""


def save(trainer: Trainer, path: str | Path) -> None:
    """Write a training's state to an NPZ file.

    The file is whole at any time; an earlier one of that name is replaced.

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
        np.savez(file, allow_pickle=False, **trainer.state())
        file.flush()
        os.fsync(file.fileno())


def load(trainer: Trainer, path: str | Path) -> None:
    """Let a training go on from a file that ``save`` wrote.

    Parameters
    ----------
    trainer : Trainer
        Made as the one that was saved: the same layers, optimizer, batch size and data.
    path : str or Path

    Raises
    ------
    CheckpointError
        The file is none, is damaged, or belongs to another kind of training; the trainer is as before.
    OSError
        The file cannot be read.
    """
    try:
        # Opened here, as np.load leaves a damaged file open that it has opened itself.
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as held:
            state = {name: held[name] for name in held.files}
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path} is no checkpoint, or a damaged one: {error}") from error
    except AttributeError as error:  # a lone array
        raise CheckpointError(f"{path} is no checkpoint: it holds one array") from error
    try:
        trainer.restore(state)
    except (ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is of another training than this one: {error}") from error
