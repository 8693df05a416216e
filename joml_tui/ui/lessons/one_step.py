"""The lesson on one training step: a mini-batch in the article's five steps, with all numbers.

Networks with layers of other kinds go through it layer by layer, forward, back and by their gradients, with the cost
between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Label

from joml.wording import counted
from joml_tui.inspect import Answer
from joml_tui.inspect.layer_steps import LayersTaken
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.inspect.step_numbers import StepTaken
from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.deferred_calls import call_after_paint
from joml_tui.ui.lessons.layer_pages import explained_layer, position_text, within_layers
from joml_tui.ui.lessons.layer_position import GRADIENTS
from joml_tui.ui.lessons.lesson import Lesson
from joml_tui.ui.lessons.lesson_source import Source
from joml_tui.ui.lessons.number_table import NumberTable
from joml_tui.ui.lessons.page import SPACE, written
from joml_tui.ui.lessons.step_text import STEPS, Place, explained
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.static_text import StaticText

_BACK = STEPS.index("Back")


class StepTab(Label):
    """The name of a step, which goes there when clicked."""

    def __init__(self, place: int) -> None:
        super().__init__(f"{place + 1} {STEPS[place]}", classes="step", markup=False)
        self._place = place

    async def on_click(self) -> None:
        """Go to the step."""
        await self.screen.run_action(f"go({self._place})")


class OneStep(Lesson):
    """The lesson with the five steps of the next mini-batch."""

    TOPIC = "One step explained"
    BINDINGS = [
        *bindings("one-step"),
        Binding("tab", "sample(1)", "Sample"),
        Binding("shift+tab", "sample(-1)", "Sample before", show=False),
        Binding("pagedown", "scroll_text(1)", "Scroll the text", show=False),
        Binding("pageup", "scroll_text(-1)", "Scroll the text back", show=False),
        *(Binding(str(place + 1), f"go({place})", STEPS[place], show=False) for place in range(len(STEPS))),
    ]
    HELP: ClassVar[str] = (
        "One mini-batch goes through the five steps of training, with the network's own numbers. The marked number is "
        "worked by hand beside its equation. With layers such as convolutions: a window or a normalisation at a time."
    )
    SCOPES: ClassVar[tuple[Scope, ...]] = ("lesson", "one-step")

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__(sources, NextStep(), self._widgets, self._show_reply)
        self.place = Place()
        self._taken: StepTaken | LayersTaken | None = None

    def way_out(self, refusal: str) -> str:
        """Return which runs have a step to explain."""
        if "replicas" not in refusal:
            return ""
        return (
            "This lesson follows one network. Press Esc, write 1 at Replicas among the settings and train again: "
            "with the same seed, that is the first of these networks."
        )

    def _widgets(self) -> Iterable[Widget]:
        """Return the widgets: step names, position, text and table."""
        with Horizontal(id="steps"):
            for place in range(len(STEPS)):
                yield StepTab(place)
        yield StaticText(id="where")
        with Horizontal(id="page"):
            with VerticalScroll(id="explanation", can_focus=False):
                yield StaticText(id="explained")
            yield NumberTable(id="numbers")

    def _show_reply(self, answer: Answer) -> None:
        """Show the step at the present position."""
        assert isinstance(answer, StepTaken | LayersTaken)
        self._taken = answer
        self.show_title(f"iteration {answer.iteration:,}, {counted(answer.samples, 'sample')}")
        call_after_paint(self, self._show)

    def on_resize(self) -> None:
        """Lay the text out for another width."""
        call_after_paint(self, self._show)

    def _show(self) -> None:
        taken = self._taken
        if taken is None:
            return
        self.place = place = _within(self.place, taken)
        by_layer = isinstance(taken, LayersTaken)
        for number, tab in enumerate(self.query(StepTab)):
            tab.set_class(number == place.step, "-active")
            tab.display = not by_layer or number <= GRADIENTS
        room = self.text_width * (8 if self.wide else 3)
        page = explained_layer(taken, place, room) if isinstance(taken, LayersTaken) else explained(taken, place, room)
        lines = page.lines if self.wide else [line for line in page.lines if line is not SPACE]
        self.query_one("#where", StaticText).say(_where(taken, place))
        self.query_one("#explained", StaticText).say(written(lines, self.text_width))
        table = self.query_one(NumberTable)
        table.show(page.table)
        self.share_height(table)

    def _go_to(self, place: Place) -> None:
        if self._taken is None:
            return
        place = _within(place, self._taken)
        if place != self.place:
            if (place.step, place.layer) != (self.place.step, self.place.layer):
                self.query_one("#explanation").scroll_home(animate=False)
            self.place = place
            self._show()

    # --- keys ------------------------------------------------------------------------------------------------------

    def action_go(self, step: int) -> None:
        """Go to a step; back-propagation begins at the output."""
        enters_back = step == _BACK > self.place.step
        last = len(self._taken.layers) - 1 if self._taken is not None and enters_back else self.place.layer
        self._go_to(replace(self.place, step=step, layer=last))

    def action_step(self, by: int) -> None:
        """Go to the next step, or the one before."""
        self.action_go(max(0, self.place.step + by))

    def action_layer(self, by: int) -> None:
        """Go to the next layer, or the one before."""
        self._go_to(replace(self.place, layer=max(0, self.place.layer + by)))

    def action_sample(self, by: int) -> None:
        """Go to the next sample, from the last to the first."""
        if self._taken is not None:
            taken = self._taken
            samples = taken.layers[0].after.shape[-1] if isinstance(taken, LayersTaken) else taken.x.shape[1]
            self._go_to(replace(self.place, sample=(self.place.sample + by) % samples))

    def action_unit(self, by: int) -> None:
        """Go to the next unit, or the one before."""
        self._go_to(replace(self.place, unit=max(0, self.place.unit + by)))

    def action_input(self, by: int) -> None:
        """Go to the next input, or the one before."""
        self._go_to(replace(self.place, input=max(0, self.place.input + by)))

    def action_scroll_text(self, by: int) -> None:
        """Scroll the text by a page."""
        text = self.query_one("#explanation")
        (text.scroll_page_down if by > 0 else text.scroll_page_up)(animate=False)

    @on(NumberTable.Chosen)
    def _chosen(self, event: NumberTable.Chosen) -> None:
        self._go_to(replace(self.place, **event.choices))


def _within(place: Place, taken: StepTaken | LayersTaken) -> Place:
    return within_layers(place, taken) if isinstance(taken, LayersTaken) else place.within(taken)


def _where(taken: StepTaken | LayersTaken, place: Place) -> str:
    if isinstance(taken, LayersTaken):
        return position_text(taken, place)
    layer = taken.layers[-1 if place.step == 1 else place.layer]
    last = place.step == 1 or place.layer == len(taken.layers) - 1
    number = len(taken.layers) if place.step == 1 else place.layer + 1
    kind = "output " if last else ""
    parts = [f"layer {number} of {len(taken.layers)}: {kind}{layer.size:,} {layer.activation}"]
    if place.step != 4:
        row = "" if taken.raw is None else f" ({taken.raw.kind} {plain(taken.raw.identify(place.sample), 40)})"
        parts.append(f"sample {place.sample + 1} of {taken.samples:,}{row}")
    parts.append(f"unit {place.unit + 1} of {layer.size:,}")
    if place.step in (0, 3, 4):
        bias = place.input == layer.W.shape[1]
        parts.append("the bias" if bias else f"input {place.input + 1} of {layer.inputs:,}")
    return "   ".join(parts)
