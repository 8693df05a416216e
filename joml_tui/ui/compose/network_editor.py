"""The network editor of the compose area: the architecture as text, and the list of layers."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Label

from joml_tui.experiment import Problem, name_of
from joml_tui.ui.compose.draft import Draft
from joml_tui.ui.compose.layer_list import LayerEdit, LayerList
from joml_tui.ui.text import count, sentence
from joml_tui.ui.widgets.form_field import EntryField
from joml_tui.ui.widgets.static_text import StaticText

_BUTTONS: dict[LayerEdit, str] = {"add": "Add", "copy": "Copy", "delete": "Delete", "up": "↑", "down": "↓"}


class NetworkEditor(Vertical):
    """The architecture above the list of layers, with the problem of a layer below."""

    def __init__(self, architecture: EntryField, *, id: str) -> None:
        super().__init__(id=id)
        self._architecture = architecture
        self._draft: Draft | None = None

    def compose(self) -> ComposeResult:
        """Put the buttons between the text and the list."""
        yield self._architecture
        with Horizontal(id="layer-buttons"):
            yield Label("Layers")
            for name, label in _BUTTONS.items():
                button = Button(label, id=f"layer-{name}", compact=True)
                button.can_focus = False
                yield button
        yield LayerList(id="layers")
        yield StaticText(id="layer-options")
        yield StaticText(id="layer-problem", classes="problem")

    def show(self, draft: Draft) -> None:
        """Show the network of a draft."""
        self._architecture.write(draft.architecture)
        activation = name_of(draft.output_activation)
        typed = draft is self._draft
        self._draft = draft
        sizes = draft.input_size, draft.output_size
        self.query_one(LayerList).show(draft.layers, *sizes, activation, stack=draft.stack, typed=typed)
        parameters = draft.parameter_count
        self._architecture.show_note("" if parameters is None else f"{count(parameters)} parameters")

    def show_problems(self, problems: Mapping[int, Problem]) -> None:
        """Mark invalid layers, and show the first one's problem."""
        self.query_one(LayerList).show_problems(dict(problems))
        line = self.query_one("#layer-problem", StaticText)
        line.say(sentence(next((problem.message for problem in problems.values()), "")))
        line.set_class(bool(problems), "shown")

    @on(LayerList.Moved)
    @on(LayerList.Edited)
    def _show_options(self) -> None:
        self.query_one("#layer-options", StaticText).say(self.query_one(LayerList).options)
