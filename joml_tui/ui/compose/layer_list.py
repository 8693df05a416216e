"""The list of layers, edited in place; fast even for a thousand layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from joml.layers.base_layer import features_of, shape_text
from joml.layers.layer_stack import LayerStack
from joml_tui.alignment import align_left, align_right
from joml_tui.experiment import (
    HIDDEN_ACTIVATIONS,
    Activation,
    LayerSpec,
    OwnSpec,
    Problem,
    installed_parts,
    name_of,
    reference_of,
)
from joml_tui.ui import actions
from joml_tui.ui.compose.draft import LayerEntry
from joml_tui.ui.compose.layer_history import LayerHistory, LayerStates
from joml_tui.ui.notices import say
from joml_tui.ui.text import count, number
from joml_tui.ui.widgets.row_list import RowList

#: Columns: the layer's number, its size, and its activation between two arrows; then the options' marks and the
#: parameters.
_NUMBER, _SIZE, _ACTIVATION = 4, 7, 10
_LEFT_ARROW = _NUMBER + _SIZE + 1
_RIGHT_ARROW = _LEFT_ARROW + _ACTIVATION + 3
#: The values that the keys of a layer's options cycle through.
_DROPOUTS, _RESIDUALS = (0.0, 0.1, 0.2, 0.3, 0.5), (0, 1, 2, 3)

LayerEdit = Literal[
    "add", "copy", "delete", "up", "down", "activation", "all", "undo", "redo", "dropout", "normalised", "residual"
]
#: The kind of a change by typing the architecture.
_TYPED = "typed"


class LayerList(RowList[LayerEntry]):
    """The network's layers, one per line, with the inputs above and the outputs below.

    Digits write the selected layer's size, left and right or Enter choose its activation. The list changes its entries
    and posts `Edited`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "layer-list--muted",
        "layer-list--cursor",
        "layer-list--entry",
        "layer-list--error",
    }

    BINDINGS = [
        *actions.bindings("layers"),
        Binding("left", "activation(-1)", "Previous activation", show=False),
    ]

    TITLES_STAY: ClassVar[bool] = False  # the line of the inputs above the layers scrolls with them

    class Edited(Message):
        """A message: the layers were changed in the list."""

    class Moved(RowList.Moved):
        """A message: another layer is selected, or the list has lost the focus."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        #: The activations to choose from: the engine's, installed ones, and those of the experiments shown.
        self._activations: list[Activation] = [
            *HIDDEN_ACTIVATIONS,
            *(OwnSpec(name) for name in installed_parts("activation")),
        ]
        self._input_size: int | None = None
        self._output_size: int | None = None
        self._output_activation = ""
        self._stack: LayerStack | None = None
        self._problems: dict[int, Problem] = {}
        self._history = LayerHistory()
        # The first digit after a move starts a new size, as in a spreadsheet; further digits continue it.
        self._typing = False

    # --- What it shows ---------------------------------------------------------------------------------------------

    def show(
        self,
        layers: list[LayerEntry],
        input_size: int | None,
        output_size: int | None,
        output_activation: str,
        *,
        stack: LayerStack | None = None,
        typed: bool = False,
    ) -> None:
        """Show these layers, and edit them in place from now on; typed ones are undone with what was typed before.

        The stack has the shapes of layers of which some are not fully connected.
        """
        others = len(layers) != len(self.rows)
        self._history.take(_states_of(layers), _TYPED if typed else "")
        self.rows = layers
        chosen = (getattr(layer.spec, "activation", None) for layer in layers)
        own = [each for each in chosen if each is not None and reference_of(each)]
        self._activations = list(dict.fromkeys([*self._activations, *own]))
        self._input_size, self._output_size = input_size, output_size
        self._output_activation = output_activation
        self._stack = stack
        self.cursor = self.clamp(self.cursor)
        self.scroll_over(0, len(layers) + 2)
        self.refresh(layout=others)

    def show_problems(self, problems: dict[int, Problem]) -> None:
        """Mark the layers of these positions."""
        if problems != self._problems:
            self._problems = problems
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines for all layers, inputs and outputs."""
        return len(self.rows) + 2

    def render_line(self, y: int) -> Strip:
        """Return one line: the inputs, a layer or the outputs."""
        width = self.scrollable_content_region.width
        line = y + self.scroll_offset.y
        if line > len(self.rows) + 1:
            return Strip.blank(width, self.rich_style)
        if line == 0:
            segments = self._end_line("in", self._input_size, self._input_image(), None, width)
        elif line == len(self.rows) + 1:
            previous = self._before(len(self.rows))
            segments = self._end_line("out", self._output_size, self._output_activation, previous, width)
        else:
            segments = self._layer_line(line - 1, width)
        return Strip(segments).adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)

    def _end_line(
        self, title: str, size: int | None, activation: str, previous: int | None, width: int
    ) -> list[Segment]:
        muted = Style(color=self._style("muted").color)
        shown = "?" if size is None else str(size)
        text = f"{align_right(title, _NUMBER)}{align_right(shown, _SIZE)}   {align_left(activation, _ACTIVATION)}  "
        return [Segment(text + _parameters(size, previous, width - len(text)), muted)]

    def _input_image(self) -> str:
        """Return the shape of the inputs if they are images."""
        shape = () if self._stack is None else self._stack.input_shape
        return shape_text(shape) if len(shape) == 3 else ""

    def _before(self, index: int) -> int | None:
        """Return the number of units before the layer at an index; None if it is not known."""
        if self._stack is not None and index < len(self._stack.shapes):
            return features_of(self._stack.shapes[index])
        return self.rows[index - 1].value if index else self._input_size

    def _layer_line(self, index: int, width: int) -> list[Segment]:
        layer = self.rows[index]
        if layer.dense is None:
            return self._kind_line(index, layer, width)
        selected = index == self.cursor and self.has_focus
        muted = Style(color=self._style("muted").color)
        line = Style(bgcolor=self._style("cursor").bgcolor) if selected else Style()
        entry = Style(bgcolor=self._style("entry").bgcolor) if selected else Style()
        error = Style(color=self._style("error").color, bold=True)
        problem = self._problems.get(index)
        if problem is not None:
            entry += error
        size = layer.size[-(_SIZE - 2) :] or ("" if selected else "?")
        caret = Segment(" ", entry + Style(reverse=True)) if selected else Segment(" ", line)
        left, right = ("‹ ", " ›") if selected else ("  ", "  ")
        before = [
            Segment(align_right(index + 1, _NUMBER), line + muted),
            Segment("  ", line),
            Segment(align_right(size, _SIZE - 2), line + entry),
            caret,
            Segment(left, line + muted),
            Segment(align_left(layer.activation, _ACTIVATION), line),
            Segment(right, line + muted),
        ]
        used = sum(segment.cell_length for segment in before)
        previous = self._before(index)
        if problem is None:
            marks = _marks(layer.dense)
            size_of = _parameters(layer.value, previous, width - used - len(marks), normalised=layer.dense.normalised)
            return [*before, Segment(marks, line), Segment(size_of, line + muted)]
        mark = f"✗ {problem.field.rpartition('.')[2]} "
        mark = mark if len(mark) <= width - used else "✗ "
        return [*before, Segment(align_right(mark, max(width - used, 0)), line + error)]

    def _kind_line(self, index: int, layer: LayerEntry, width: int) -> list[Segment]:
        """Return the line of a layer of another kind: its notation, the shape after it, and its parameters."""
        selected = index == self.cursor and self.has_focus
        muted = Style(color=self._style("muted").color)
        line = Style(bgcolor=self._style("cursor").bgcolor) if selected else Style()
        error = Style(color=self._style("error").color, bold=True)
        problem = self._problems.get(index)
        left, right = ("‹ ", " ›") if selected and layer.activation else ("  ", "  ")
        room = _RIGHT_ARROW - _NUMBER - 3
        stack = self._stack if self._stack is not None and index < len(self._stack.layers) else None
        shape = "" if stack is None else shape_text(stack.shapes[index + 1])
        free = max(room - len(shape) - 1, 8)
        named = layer.size if len(layer.size) <= free else f"{layer.size[: free - 1]}…"
        before = [
            Segment(align_right(index + 1, _NUMBER), line + muted),
            Segment(left, line + muted),
            Segment(align_left(named, room - len(shape)) + shape, line + (error if problem is not None else Style())),
            Segment(right, line + muted),
        ]
        rest = max(width - sum(segment.cell_length for segment in before), 0)
        if problem is not None:
            return [*before, Segment(align_right("✗ ", rest), line + error)]
        shapes = {} if stack is None else stack.layers[index].parameter_shapes(stack.shapes[index])
        size_of = sum(features_of(each) for each in shapes.values())
        return [*before, Segment(align_right(f"{count(size_of)} " if size_of else "", rest), line + muted)]

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"layer-list--{part}")

    # --- Keys and mouse --------------------------------------------------------------------------------------------

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Digits are written into the selected layer."""
        return bool(self.rows) and character is not None and character.isascii() and character.isdecimal()

    def on_key(self, event: events.Key) -> None:
        """Write the selected layer's size."""
        if not self.rows:
            return
        layer = self.rows[self.cursor]
        if layer.dense is None and (event.key == "backspace" or self.check_consume_key(event.key, event.character)):
            event.stop()
            event.prevent_default()
            say(self, f"{layer.size} has no size: change it in the architecture, or in its settings.")
            return
        if self.check_consume_key(event.key, event.character):
            layer.size = (layer.size if self._typing else "") + (event.character or "")
        elif event.key == "backspace":
            layer.size = layer.size[:-1]
        else:
            return
        event.stop()
        event.prevent_default()
        self._typing = True
        self._edited(kind=f"size of {self.cursor}")

    def on_click(self, event: events.Click) -> None:
        """Choose the activation of the selected layer on its arrows; the list itself moves the cursor."""
        content = event.get_content_offset(self)
        if content is None or self.row_at(content.y) != self.cursor:
            return
        if _LEFT_ARROW <= content.x <= _RIGHT_ARROW:
            self.action_activation(-1 if content.x <= _LEFT_ARROW + 1 else 1)

    def on_focus(self) -> None:
        """Show the cursor."""
        self._typing = False
        self.refresh()
        self.post_message(self.Moved())

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()
        self.post_message(self.Moved())

    def watch_cursor(self) -> None:
        """Start a new entry in the selected layer, and scroll to it."""
        self._typing = False
        self._history.end_entry()
        super().watch_cursor()

    @property
    def activations(self) -> list[Activation]:
        """The activation functions to choose from."""
        return list(self._activations)

    def set_activation(self, activation: Activation | None) -> None:
        """Choose an activation for the selected layer; None changes nothing."""
        if self.rows and activation is not None:
            self._set(self.rows[self.cursor], activation=activation)

    def use_for_all(self) -> None:
        """Set the activation of the selected layer in all layers."""
        if self.rows:
            activation = getattr(self.rows[self.cursor].spec, "activation", None)
            if activation is None:
                say(self, f"{self.rows[self.cursor].size} has no activation.")
                return
            for layer in self.rows:
                layer.set(activation=activation)
            self._edited()

    def undo(self) -> None:
        """Undo the last change of the layers."""
        self._return_to(self._history.undo(), "No change of the layers to undo.")

    def redo(self) -> None:
        """Repeat the change of the layers that was undone last."""
        self._return_to(self._history.redo(), "No undone change of the layers to repeat.")

    def _return_to(self, states: LayerStates | None, without: str) -> None:
        if states is None:
            say(self, without)
            return
        before = _states_of(self.rows)
        self.rows[:] = [LayerEntry(size, spec) for size, spec in states]
        changed = (place for place, (one, other) in enumerate(zip(before, states, strict=False)) if one != other)
        self._edited(next(changed, min(len(before), len(states))))

    def action_activation(self, step: int) -> None:
        """Choose the next or previous activation for the selected layer."""
        if self.rows:
            layer = self.rows[self.cursor]
            names = [name_of(activation) for activation in self._activations]
            place = names.index(layer.activation) + step if layer.activation in names else 0
            self._set(layer, activation=self._activations[place % len(names)])

    def next_dropout(self) -> None:
        """Choose the next greater dropout rate for the selected layer, or none."""
        if self.rows:
            layer = self.rows[self.cursor]
            present = 0.0 if layer.dense is None else layer.dense.dropout
            self._set(layer, dropout=next((share for share in _DROPOUTS if share > present), 0.0))

    def toggle_normalised(self) -> None:
        """Toggle normalisation of the selected layer."""
        if self.rows:
            layer = self.rows[self.cursor]
            self._set(layer, normalised=layer.dense is None or not layer.dense.normalised)

    def next_residual(self) -> None:
        """Extend the residual block that ends in the selected layer by one layer, or remove it."""
        if self.rows:
            layer = self.rows[self.cursor]
            present = 0 if layer.dense is None else layer.dense.residual
            self._set(layer, residual=next((span for span in _RESIDUALS if span > present), 0))

    def _set(self, layer: LayerEntry, **option: Any) -> None:
        """Change a setting of a layer, or say that layers of its kind do not have it."""
        if layer.set(**option):
            self._edited()
        else:
            say(self, f"{layer.size} has no {next(iter(option))}: fully connected layers have one.")

    @property
    def options(self) -> str:
        """The selected layer's options with their keys; empty without the focus."""
        if not (self.rows and self.has_focus):
            return ""
        spec = self.rows[self.cursor].dense
        if spec is None:
            return ""
        return f"D drop {number(spec.dropout)}  N norm {'✓' if spec.normalised else '–'}  R skip {spec.residual}"

    def add(self) -> None:
        """Add a layer below the selected one, of its size and activation."""
        place = min(self.cursor + 1, len(self.rows))
        layer = LayerEntry("28")
        if self.rows:
            above = self.rows[self.cursor]
            layer = LayerEntry(above.size) if above.dense is not None else LayerEntry("28")
            if above.activation:
                layer.set(activation=getattr(above.spec, "activation"))  # noqa: B009 - of several structs
        self.rows.insert(place, layer)
        self._edited(place)

    def copy(self) -> None:
        """Duplicate the selected layer below it."""
        if self.rows:
            self.rows.insert(self.cursor + 1, replace(self.rows[self.cursor]))
            self._edited(self.cursor + 1)

    def delete(self) -> None:
        """Delete the selected layer."""
        if self.rows:
            del self.rows[self.cursor]
            self._edited(self.cursor)

    def move(self, step: int) -> None:
        """Move the selected layer up (-1) or down (1)."""
        place = self.cursor + step
        if self.rows and 0 <= place < len(self.rows):
            self.rows.insert(place, self.rows.pop(self.cursor))
            self._edited(place)

    def _edited(self, cursor: int | None = None, *, kind: str = "") -> None:
        self._history.take(_states_of(self.rows), kind)
        if cursor is not None:
            self.cursor = self.clamp(cursor)
            self._typing = False
        self.refresh(layout=cursor is not None)
        self.post_message(self.Edited())


#: The edits of the selected layer by name.
EDITS: dict[LayerEdit, Callable[[LayerList], None]] = {
    "add": LayerList.add,
    "copy": LayerList.copy,
    "delete": LayerList.delete,
    "up": lambda layers: layers.move(-1),
    "down": lambda layers: layers.move(1),
    "activation": lambda layers: layers.action_activation(1),
    "all": LayerList.use_for_all,
    "undo": LayerList.undo,
    "redo": LayerList.redo,
    "dropout": LayerList.next_dropout,
    "normalised": LayerList.toggle_normalised,
    "residual": LayerList.next_residual,
}


def _states_of(layers: Sequence[LayerEntry]) -> LayerStates:
    return tuple((layer.size, layer.spec) for layer in layers)


def _marks(spec: LayerSpec) -> str:
    """Return the letters of a layer's options, which are their keys."""
    marks = "D" * bool(spec.dropout) + "N" * spec.normalised + "R" * bool(spec.residual)
    return marks and marks + " "


def _parameters(size: int | None, previous: int | None, width: int, *, normalised: bool = False) -> str:
    """Return the layer's number of parameters, aligned to the right, if it fits."""
    if size is None or previous is None:
        return " " * max(width, 0)
    parameters = size * (previous + 1 + 2 * normalised)
    exact, short = count(parameters), f"{parameters / 1e6:.1f}M"
    shown = exact if len(exact) <= width else short if parameters >= 100_000 and len(short) <= width else ""
    return align_right(shown + " " * (len(shown) < width), max(width, 0))
