"""The dialog that chooses a layer's activation function."""

from __future__ import annotations

from collections.abc import Sequence

from joml.declaration import parts_of
from joml_tui.experiment import Activation, name_of
from joml_tui.ui.dialogs.search_dialog import SearchDialog, find_choices
from joml_tui.ui.widgets.choice import Choice


def activation_dialog(activations: Sequence[Activation], present: Activation) -> SearchDialog[Activation]:
    """Return the dialog with these activation functions, their formulas, and the present one selected.

    Parameters
    ----------
    activations : sequence of Activation
    present : Activation
        The layer's activation function.

    Returns
    -------
    SearchDialog
        Its result is the chosen activation function.
    """
    choices = [_choice(activation) for activation in activations]
    names = [choice.name for choice in choices]
    return SearchDialog(
        "Activation function of this layer",
        lambda typed: find_choices(choices, typed),
        nothing="No activation function has this name.",
        hint="Enter takes it, Esc keeps the present one.",
        chosen=names.index(name_of(present)) if name_of(present) in names else 0,
    )


def _choice(activation: Activation) -> Choice[Activation]:
    name = name_of(activation)
    part = parts_of("activation").get(name)
    return Choice(name, activation, "" if part is None else part.formula or part.title)
