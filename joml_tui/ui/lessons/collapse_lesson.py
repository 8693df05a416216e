"""The lesson on collapsing linear layers into one, with the present network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from joml_tui.inspect import Answer
from joml_tui.inspect.collapse import Collapsed, Collapsing
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.deferred_calls import call_after_paint
from joml_tui.ui.lessons import notation
from joml_tui.ui.lessons.lesson import Lesson
from joml_tui.ui.lessons.lesson_source import Source
from joml_tui.ui.lessons.notation import index, most_products, product_sum, shape, value
from joml_tui.ui.lessons.number_table import NumberMatrix, NumberTable
from joml_tui.ui.lessons.page import SPACE, LessonPage, Said, written
from joml_tui.ui.widgets.static_text import StaticText


class CollapseLesson(Lesson):
    """The lesson with the single equivalent layer of a linear network, or the layer that is not linear."""

    TOPIC = "Linear layers are one layer"
    BINDINGS = [
        *bindings("collapse"),
        Binding("pagedown", "scroll_text(1)", "Scroll the text", show=False),
        Binding("pageup", "scroll_text(-1)", "Scroll the text back", show=False),
    ]
    HELP: ClassVar[str] = (
        "A stack of linear layers is one layer: its W and b, how each number is computed, and how far the two "
        "networks' outputs differ."
    )
    SCOPES: ClassVar[tuple[Scope, ...]] = ("lesson", "collapse")

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__(sources, Collapsing(), self._widgets, self._show_reply)
        self._collapsed: Collapsed | None = None
        self.unit = self.input = 0

    def way_out(self, refusal: str) -> str:
        """Return how to make a network linear."""
        if "not linear" not in refusal:
            return ""
        return (
            "A layer is linear with identity as its activation and without normalisation. To make the network linear, "
            f"press Esc, then {key_of('layers')} for the list of layers; ← and → choose a layer's activation, "
            f"{key_of('layer-normalised')} removes the normalisation. Then {key_of('collapse')} again, and c for "
            "the composed network."
        )

    def _widgets(self) -> Iterable[Widget]:
        """Return the text and the table."""
        with Horizontal(id="page"):
            with VerticalScroll(id="explanation", can_focus=False):
                yield StaticText(id="explained")
            yield NumberTable(id="numbers")

    def _show_reply(self, answer: Answer) -> None:
        """Show the single layer and its proof."""
        assert isinstance(answer, Collapsed)
        self._collapsed = answer
        self.show_title(f"iteration {answer.iteration:,}" if answer.iteration else "")
        call_after_paint(self, self._show)

    def on_resize(self) -> None:
        """Lay the text out for another width."""
        call_after_paint(self, self._show)

    def action_unit(self, by: int) -> None:
        """Go to the next output, or the one before."""
        self._go_to(self.unit + by, self.input)

    def action_input(self, by: int) -> None:
        """Go to the next input, or the one before."""
        self._go_to(self.unit, self.input + by)

    def action_scroll_text(self, by: int) -> None:
        """Scroll the text by a page."""
        text = self.query_one("#explanation")
        (text.scroll_page_down if by > 0 else text.scroll_page_up)(animate=False)

    @on(NumberTable.Chosen)
    def _chosen(self, event: NumberTable.Chosen) -> None:
        self._go_to(event.choices.get("unit", self.unit), event.choices.get("input", self.input))

    def _go_to(self, unit: int, column: int) -> None:
        if self._collapsed is not None:
            units, inputs = self._collapsed.W.shape
            self.unit, self.input = min(max(unit, 0), units - 1), min(max(column, 0), inputs - 1)
            self._show()

    def _show(self) -> None:
        if self._collapsed is not None:
            page = collapse_page(self._collapsed, self.unit, self.text_width * (8 if self.wide else 3))
            self.query_one("#explained", StaticText).say(written(page.lines, self.text_width))
            table = self.query_one(NumberTable)
            table.show(replace(page.table, column=self.input))
            self.share_height(table)


def collapse_page(collapsed: Collapsed, unit: int, room: int) -> LessonPage:
    """Return the page with the equations, the proof, and one output by hand; sums have about ``room`` characters."""
    layers = len(collapsed.shapes)
    outputs, inputs = collapsed.shapes[-1][0], collapsed.shapes[0][1]
    many = sum(size * (previous + 1) for size, previous in collapsed.shapes)
    few = outputs * (inputs + 1)
    lines: list[Said] = [*_equation_lines(collapsed), SPACE]
    shapes = "".join(f"({shape(*sizes)})" for sizes in reversed(collapsed.shapes))
    if layers > 1:
        if layers <= 6:
            lines.append(("text", f"Here W is {shape(outputs, inputs)} = {shapes}, and b has {outputs:,} entries."))
        else:
            lines.append(("text", f"Here W is {shape(outputs, inputs)}, a product of {layers} matrices."))
        lines.append(("text", f"The {layers} layers have {many:,} parameters; the one layer has {few:,}."))
    activation = collapsed.output_activation
    after = "" if activation == "identity" else f" {activation.capitalize()} follows both."
    lines += [
        SPACE,
        ("heading", "The proof by numbers"),
        (
            "text",
            f"{collapsed.samples:,} random inputs were given to both networks. Their outputs differ by at most "
            f"{value(collapsed.largest_difference)} of the largest output: the rounding of single precision.{after}",
        ),
        SPACE,
        ("text", f"By hand, output {unit + 1} for the random input x in the table:"),
    ]
    pairs = list(zip(collapsed.W[unit].tolist(), collapsed.example_x.tolist(), strict=True))
    most = most_products(room)
    if inputs == len(pairs):
        total = float(collapsed.W[unit].astype(float) @ collapsed.example_x) + float(collapsed.b[unit])
        total_text = product_sum(pairs, total, most=most, plus=float(collapsed.b[unit]))
        lines.append(("hand", f"z{index(unit + 1)} = w{index(unit + 1)}·x + b{index(unit + 1)} = {total_text}"))
    deep, single = float(collapsed.example_deep[unit]), float(collapsed.example_single[unit])
    lines.append(("hand", f"ŷ{index(unit + 1)} = {value(single)}; the {layers} layers give {value(deep)}"))
    shown = collapsed.W.shape
    if shown != (outputs, inputs):
        lines.append(("text", f"Shown are {shown[0]:,} of {outputs:,} outputs and {shown[1]:,} of {inputs:,} inputs."))
    table = NumberMatrix(
        f"W, {shape(outputs, inputs)}; a random input x above it",
        [str(number) for number in range(1, shown[0] + 1)],
        collapsed.W,
        [str(number) for number in range(1, shown[1] + 1)],
        collapsed.example_x,
        "x",
        [("b", collapsed.b), ("ŷ one", collapsed.example_single), ("ŷ deep", collapsed.example_deep)],
        unit,
        -1,
        "unit",
        "input",
    )
    return LessonPage(lines, table)


def _equation_lines(collapsed: Collapsed) -> list[Said]:
    layers, before = len(collapsed.shapes), collapsed.layers_before
    if layers == 1:
        return [("text", "This network has one layer and nothing to collapse: W and b are its own.")]
    first, second = notation.layer(before + 1), notation.layer(before + 2)
    lines: list[Said] = []
    if before:
        lines.append(
            (
                "text",
                f"These are layers {before + 1} to {before + layers} of the network, the fully connected ones at its "
                f"end. Their input x is what layer {before}, {collapsed.input_layer}, makes of a sample.",
            )
        )
    lines += [
        ("text", "With the identity as σ, a layer's output is a⁽ˡ⁾ = z⁽ˡ⁾. Put the first layer into the second:"),
        ("equation", f"z{second} = W{second} (W{first} x + b{first}) + b{second}"),
        ("equation", f"     = W{second} W{first} x + W{second} b{first} + b{second}"),
        ("text", "and so on up to the last. The products are one matrix, the rest is one vector:"),
    ]
    if layers <= 4:
        numbers = [notation.layer(place) for place in range(before + layers, before, -1)]
        W = " ".join(f"W{number}" for number in numbers)
        terms = [f"b{numbers[0]}"]
        for place in range(1, layers):
            terms.append(" ".join([*(f"W{number}" for number in numbers[:place]), f"b{numbers[place]}"]))
        b = " + ".join(terms)
    else:
        W = f"W⁽ᴸ⁾ W⁽ᴸ⁻¹⁾ … W{first}"
        b = f"b⁽ᴸ⁾ + W⁽ᴸ⁾ b⁽ᴸ⁻¹⁾ + … + W⁽ᴸ⁾ … W{second} b{first}"
    lines += [("equation", f"W = {W}"), ("equation", f"b = {b}")]
    if any(collapsed.residuals):
        lines.append(
            (
                "text",
                "A residual block adds its input to its output: the identity matrix is added to the product of its "
                "layers. W and b above include that.",
            )
        )
    return lines
