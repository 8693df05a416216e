"""The list of layers with layers of other kinds: their lines, and keys that some of them have no use for."""

import pytest
from laboratory import until
from textual.app import App

from joml_tui.experiment import DatasetShape, Experiment, Xor
from joml_tui.ui.compose.draft import Draft
from joml_tui.ui.compose.layer_list import EDITS, LayerList


class Listed(App):
    """An app with the list of a draft's layers alone."""

    def __init__(self, text):
        super().__init__()
        self.draft = Draft.of(Experiment(dataset=Xor()))
        self.draft.fit(DatasetShape(64, 10, 100, image_shape=(1, 8, 8)))
        self.draft.write_architecture(text)

    def compose(self):
        yield LayerList()

    def on_mount(self):
        self.show()
        self.query_one(LayerList).focus()

    def on_layer_list_edited(self):
        self.draft.layers_edited()
        self.show()

    def show(self):
        sizes = self.draft.input_size, self.draft.output_size
        self.query_one(LayerList).show(self.draft.layers, *sizes, "softmax", stack=self.draft.stack)

    def lines(self):
        layers = self.query_one(LayerList)
        return [" ".join(layers.render_line(y).text.split()) for y in range(len(layers.rows) + 2)]


async def test_every_layer_has_its_shape_and_its_parameters():
    app = Listed("1@8x8-c8k3-p2-30-10")
    async with app.run_test():
        assert app.lines() == [
            "in 64 1x8x8",
            "1‹ c8k3 8x6x6 › 80",
            "2 p2 8x3x3",
            "3 30 relu 2,190",
            "out 10 softmax 310",
        ]


async def test_layers_that_do_not_follow_each_other_have_no_shapes():
    app = Listed("1@8x8-c8k3-p2-30-10")
    async with app.run_test():
        app.draft.layers[0].set(kernel=9)
        app.show()
        assert app.lines()[1:3] == ["1‹ c8k9 ›", "2 p2"]


@pytest.mark.parametrize("edit", ["dropout", "normalised", "residual", "activation"])
async def test_options_that_a_layer_lacks_leave_it_as_it_is(edit):
    app = Listed("1@8x8-p2-30-10")
    async with app.run_test():
        before = app.draft.layers[0].spec
        EDITS[edit](app.query_one(LayerList))
        assert app.draft.layers[0].spec is before


async def test_digits_change_no_layer_without_a_size():
    app = Listed("1@8x8-p2-30-10")
    async with app.run_test() as pilot:
        await pilot.press("5", "backspace", "down", "5")
        await until(pilot, lambda: app.draft.architecture == "1@8x8-p2-5-10")


async def test_the_arrows_choose_the_activation_of_a_convolution():
    app = Listed("1@8x8-c8k3(tanh)-p2-10")
    async with app.run_test() as pilot:
        await pilot.press("left")
        await until(pilot, lambda: app.draft.architecture == "1@8x8-c8k3(sigmoid)-p2-10")
