"""The experiment of a file that is opened in the lab, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

from joml_tui.experiment import expand_user
from joml_tui.experiment.data_target import AmbiguousTargetError
from joml_tui.experiment.opening import SettingChange, open_experiment
from joml_tui.experiment.usual_training import describe_training
from joml_tui.experiment.yaml_text import OpenedExperiment
from joml_tui.ui.actions import key_of
from joml_tui.ui.text import sentence


def open_file(name: str) -> OpenedExperiment:
    """Open an experiment, or a data file with the default network and training.

    If more than one column may be the target, it is the last of them.

    Raises
    ------
    ExperimentError
        There is no such file, or it is not an experiment.
    """
    path = str(expand_user(name).absolute())  # a name without a folder might be a preset's
    try:
        return open_experiment(path)
    except AmbiguousTargetError as error:
        opened = open_experiment(path, [SettingChange("dataset.label", error.names[-1])])
        return replace(opened, target=f"'{error.names[-1]}', one of {len(error.names)} that it may be")


def describe_codes(codes: str) -> str:
    """Return a sentence on columns that are read as categories because they look like codes."""
    return f"Codes, read as categories: {codes}; {key_of('columns')} changes it."


def describe_opened(opened: OpenedExperiment) -> str:
    """Return the target, the codes and the training that were chosen for a data file, in a few sentences."""
    target = f"Target: {opened.target}." if opened.target else ""
    chosen = f"{sentence(describe_training(opened.experiment))}." if opened.is_chosen else ""
    unread = opened.target and not opened.is_chosen  # the file has faults, which the entries show
    codes = describe_codes(opened.codes) if opened.codes else ""
    encoding = f"Read as {opened.encoding}; {key_of('more-settings')} changes it." if opened.encoding else ""
    description = " ".join(filter(None, (target, codes, encoding, chosen)))
    return description if description or unread else f"Press {key_of('train')} to train."
