"""The panels that draw the plane and the spectrum: what is drawn, and how they are used in the lab."""

import re

import msgspec
import numpy as np
import pytest
from laboratory import SMALL, WIDE, is_answered, lab_of, last_run, opened, trained, until
from msgspec import structs
from textual.widgets import Label

from joml_tui.experiment import AdamSpec, CsvFile, Experiment, LayerSpec, Parity, Spirals
from joml_tui.inspect.plane import Bounds
from joml_tui.inspect.regions import Points, RegionsNow
from joml_tui.inspect.units import UnitsNow
from joml_tui.inspect.walsh import WalshNow, describe_target
from joml_tui.plots.palette import ink_for
from joml_tui.runs.run import RunState
from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.regions_panel import RegionsPanel, draw_regions, plot_size
from joml_tui.ui.inside.shading import Shading
from joml_tui.ui.inside.spectrum_panel import SpectrumPanel, draw_walsh
from joml_tui.ui.inside.units_panel import UnitsPanel, draw_unit, draw_units, tiles_for

DARK = ink_for(0x101010, 0xE0E0E0)
QUICK = Experiment(
    dataset=Spirals(samples=200), layers=(LayerSpec(12, "tanh"),), optimizer=AdamSpec(0.01), epochs=3, batch_size=20
)
PARITY = Experiment(dataset=Parity(bits=5), layers=(LayerSpec(8),), epochs=3, batch_size=4)
PLANES = [RegionsPanel, UnitsPanel]
SIZES = [(20, 5), (59, 12), (78, 18), (112, 32), (1, 1)]


def points(places, classes, wrong):
    return Points(np.array(places, np.float32).T.reshape(2, -1), np.array(classes, np.float32), np.array(wrong), 9, 1)


def regions(names=("left", "right"), task="classes"):
    """Return a plane whose left half is of class 0 and whose right half is of class 1."""
    classes = np.zeros((20, 30), np.uint8)
    classes[:, 15:] = 1
    return RegionsNow(
        1_234,
        task,
        names,
        ("x1", "x2"),
        Bounds(-1.0, 1.0, -1.0, 1.0),
        classes,
        np.full((20, 30), 0.9, np.float32),
        -1.0,
        1.0,
        points([(-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)], [0, 1, 0], [False, False, True]),
        points([(-0.5, -0.5)], [0], [False]),
    )


def units(count=6, layer=0):
    activations = np.linspace(-1, 1, count * 16 * 8, dtype=np.float32).reshape(count, 16, 8)
    weights = np.linspace(-2, 2, count * 2, dtype=np.float32).reshape(count, 2)
    sizes = (count, 2)
    return UnitsNow(
        7,
        (f"{count} tanh", "2 softmax"),
        sizes,
        layer,
        0,
        Bounds(-1.0, 1.0, -1.0, 1.0),
        activations[: sizes[layer]],
        weights,
        np.ones(count, np.float32),
        ("x1", "x2"),
        ("left", "right"),
    )


def spectrum(iteration=10, target=((0.0, 0.1, 0.4),), network=((0.0, 0.1, 0.1),)):
    energies = np.array(target), np.array(network), np.array(target) / 2
    return WalshNow(iteration, "multilabel", ("odd",), *energies)


def lines(rows):
    return ["".join(piece.text for piece in row) for row in rows]


def colours_at(rows, row, column):
    """Return the colours of the upper and of the lower half of a cell."""
    for piece in rows[row]:
        if column < len(piece.text):
            return (piece.ground, piece.ground) if piece.text[column] == " " else (piece.colour, piece.ground)
        column -= len(piece.text)
    raise AssertionError("no such cell")


def inside(pilot):
    return lab_of(pilot).query_one(InsideArea)


def shown(pilot):
    return "\n".join(lines(inside(pilot).panel._lines.rows))


def noted(pilot):
    """Return the sentence in the panel's place."""
    note = lab_of(pilot).query_one("#inside-note", Label)
    return str(note.content) if note.display else ""


def shows_iteration(pilot, iteration):
    return re.search(rf"iteration {iteration}\b", shown(pilot))


async def go_to(pilot, panel):
    """Go to a panel."""
    await pilot.press("4")
    inside(pilot).choose([type(one) for one in inside(pilot).panels].index(panel))
    await pilot.pause()


async def looking(pilot, panel):
    """Train to the end and go to a panel."""
    await trained(pilot)
    await go_to(pilot, panel)
    await until(pilot, lambda: is_answered(pilot))
    inside(pilot).panel.focus()
    await pilot.pause()


class TestDrawing:
    def test_the_plane_is_half_as_wide_again_as_it_is_high_where_there_is_room(self):
        # A cell is twice as high as it is wide; in a narrow panel the legend takes three lines.
        assert [plot_size(*size) for size in ((50, 8), (59, 12), (300, 20))] == [(15, 5), (27, 9), (60, 20)]

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("shading", list(Shading))
    @pytest.mark.parametrize("dark", [True, False])
    def test_every_picture_has_the_cells_asked_for(self, size, shading, dark):
        pictures = [
            draw_regions(regions(), *size, DARK, dark=dark, shading=shading),
            draw_regions(regions(("y",), "regression"), *size, DARK, dark=dark, shading=shading),
            draw_units(units(), 2, *size, DARK, dark=dark, shading=shading),
            draw_unit(units(1), 0, *size, DARK, dark=dark, shading=shading),
            draw_walsh(spectrum(), [spectrum(), spectrum(20)], None, *size, DARK, dark=dark, shading=shading),
        ]
        for picture in pictures:
            assert [len(line) for line in lines(picture)] == [size[0]] * size[1]
            if shading is Shading.ASCII:
                assert "".join(lines(picture)).isascii()

    def test_the_classes_have_colours_of_their_own(self):
        rows = draw_regions(regions(), 78, 18, DARK, dark=True, shading=Shading.COLOURS)
        columns, _ = plot_size(78, 18)
        left, right = colours_at(rows, 1, 2), colours_at(rows, 1, columns - 3)
        assert left[0] == left[1] != right[0] == right[1]

    def test_an_unsure_dot_is_paler(self):
        unsure = structs.replace(regions(), strengths=np.full((20, 30), 0.1, np.float32))
        sure_rows, unsure_rows = (
            draw_regions(now, 78, 18, DARK, dark=True, shading=Shading.COLOURS) for now in (regions(), unsure)
        )
        assert sum_of(colours_at(unsure_rows, 1, 2)[0]) < sum_of(colours_at(sure_rows, 1, 2)[0])

    def test_training_test_and_wrong_samples_have_marks_of_their_own(self):
        rows = lines(draw_regions(regions(), 78, 18, DARK, dark=True, shading=Shading.COLOURS))
        columns, height = plot_size(78, 18)
        assert rows[height // 4][columns // 4] == rows[height // 4][3 * columns // 4] == "•"
        assert rows[3 * height // 4][columns // 4] == "○"
        assert rows[3 * height // 4][3 * columns // 4] == "×"

    def test_the_wrong_ones_alone_or_none(self):
        wrong, none = (
            "".join(
                line[: plot_size(78, 18)[0]]
                for line in lines(draw_regions(regions(), 78, 18, DARK, dark=True, shading=Shading.COLOURS, shown=mode))
            )
            for mode in (1, 2)
        )
        assert "×" in wrong and "•" not in wrong
        assert "×" not in none and "•" not in none

    def test_without_colours_textures_and_letters_tell_classes(self):
        rows = lines(draw_regions(regions(), 78, 18, DARK, dark=True, shading=Shading.ASCII))
        columns, height = plot_size(78, 18)
        assert rows[1][0] == "." and rows[1][columns - 1] == "#"
        assert rows[height // 4][columns // 4] == "A"
        assert rows[height // 4][3 * columns // 4] == "B"
        assert rows[3 * height // 4][columns // 4] == "a"

    def test_names_from_files_are_harmless(self):
        hostile = regions(("[/]\x1b[31m", "数据[bold"))
        rows = lines(draw_regions(hostile, 78, 18, DARK, dark=True, shading=Shading.COLOURS))
        assert "[/]" in "".join(rows)
        assert "\x1b" not in "".join(rows)
        assert all(len(row) == 78 for row in rows)

    @pytest.mark.parametrize("count", [1, 2, 8, 32, 1_000])
    @pytest.mark.parametrize("size", SIZES)
    def test_tiles_lie_within_the_panel(self, count, size):
        tiles = tiles_for(count, *size)
        assert tiles.number >= 1
        if size[0] >= 59:
            assert tiles.across * (tiles.width + 1) - 1 <= size[0]
            assert tiles.down * (tiles.height + 1) + 1 <= size[1]
            assert count > 12 or tiles.number >= count

    def test_the_selected_unit_is_marked_and_the_output_units_are_named(self):
        rows = lines(draw_units(units(), 2, 78, 18, DARK, dark=True, shading=Shading.COLOURS))
        assert "▸3" in "".join(rows)
        assert "layer 1: 6 tanh" in rows[0]
        rows = lines(draw_units(units(layer=1), 0, 78, 18, DARK, dark=True, shading=Shading.COLOURS))
        assert "output layer" in rows[0]
        assert "▸left" in rows[1]

    def test_inputs_that_are_terms_are_drawn_with_their_names(self):
        now = msgspec.structs.replace(units(2), layer=-1, terms=("x1²", "sin x2"), weights=np.zeros((2, 0), np.float32))
        rows = lines(draw_units(now, 0, 78, 18, DARK, dark=True, shading=Shading.COLOURS))
        assert rows[0].startswith("2 inputs · iteration 7") and "▸x1²" in rows[1] and " sin x2" in rows[1]
        one = msgspec.structs.replace(now, activations=now.activations[1:], first=1)
        text = "\n".join(lines(draw_unit(one, 1, 112, 32, DARK, dark=True, shading=Shading.COLOURS)))
        assert "input sin x2" in text and "weights" not in text

    def test_a_large_unit_lists_its_weights_with_their_signs(self):
        picture = "\n".join(lines(draw_unit(units(1), 0, 112, 32, DARK, dark=True, shading=Shading.COLOURS)))
        assert "x1      -2.000" in picture
        assert "x2       2.000" in picture
        assert "b        1.000" in picture

    def test_the_spectrum_in_numbers(self):
        rows = lines(draw_walsh(spectrum(), [spectrum()], None, 78, 18, DARK, dark=True, shading=Shading.COLOURS))
        degree_2 = next(row for row in rows if row.startswith("  2 "))
        assert re.findall(r"\S+ %", degree_2) == ["80.0 %", "20.0 %", "50.0 %"]

    def test_what_a_spectrum_means_is_said(self):
        assert describe_target(spectrum(target=((0.0, 0.0, 0.5),))).startswith("Parity: all energy at degree 2")
        assert describe_target(spectrum(target=((0.1, 0, 0.1, 0, 0.2),))).startswith("An even function")
        assert describe_target(spectrum(target=((0.1, 0.1, 0.1, 0.1),))).startswith("75 % of the energy")


def sum_of(colour):
    return (colour >> 16) + (colour >> 8 & 255) + (colour & 255)


@pytest.mark.parametrize("size", [SMALL])
class TestPanels:
    async def test_regions_of_an_ended_run(self, size):
        async with opened(QUICK, size) as pilot:
            await looking(pilot, RegionsPanel)
            iterations = last_run(pilot).run.iteration
            await until(pilot, lambda: f"iteration {iterations}" in shown(pilot))
            assert "arm 1" in shown(pilot)
            await pilot.press("space")
            assert "the wrong ones" in shown(pilot)
            assert "▀" in shown(pilot)
            await pilot.press("c")
            assert "▀" not in shown(pilot)
            await pilot.press("c")
            assert shown(pilot).isascii()

    async def test_units_by_keys(self, size):
        async with opened(QUICK, size) as pilot:
            await looking(pilot, UnitsPanel)
            await until(pilot, lambda: "layer 1: 12 tanh" in shown(pilot))
            await pilot.press("right", "right")
            assert "▸3" in shown(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: "unit 3" in shown(pilot))
            assert "weights from 2" in shown(pilot)
            await pilot.press("enter", "down")
            await until(pilot, lambda: "output layer: 2 softmax" in shown(pilot))
            assert "▸arm 1" in shown(pilot)
            await pilot.press("down", "left", "up", "up", "up")
            await until(pilot, lambda: "layer 1" in shown(pilot))

    async def test_a_spectrum_and_its_outputs(self, size):
        async with opened(PARITY, size) as pilot:
            await looking(pilot, SpectrumPanel)
            await until(pilot, lambda: "Parity: all energy at degree 5" in shown(pilot))
            assert "all outputs" in shown(pilot)
            await pilot.press("down")
            assert "by degree, even" in shown(pilot)
            await pilot.press("up", "up")
            assert "by degree, odd" in shown(pilot)

    async def test_what_cannot_be_drawn_is_said_in_a_sentence(self, size):
        async with opened(PARITY, size) as pilot:
            await trained(pilot)
            await go_to(pilot, RegionsPanel)
            note = lab_of(pilot).query_one("#inside-note", Label)
            await until(pilot, lambda: "Decision regions need two features, and parity-5 has 5" in str(note.content))

    @pytest.mark.parametrize("panel", PLANES, ids=["regions", "units"])
    async def test_without_a_run_it_says_what_to_do_and_what_will_be_seen(self, size, panel):
        async with opened(QUICK, size) as pilot:
            await go_to(pilot, panel)
            await pilot.press("space", "c", "up", "down", "left", "right", "enter")
            assert "Press r to train" in noted(pilot)
            assert panel.purpose in noted(pilot)

    @pytest.mark.parametrize("panel", PLANES, ids=["regions", "units"])
    async def test_a_run_that_failed_before_it_began_says_so(self, size, panel, tmp_path):
        missing = structs.replace(QUICK, dataset=CsvFile(str(tmp_path / "[x].csv")))
        async with opened(QUICK, size) as pilot:
            lab_of(pilot).run_control.start(missing)
            await until(pilot, lambda: last_run(pilot).run.state is RunState.FAILED)
            await until(pilot, lambda: isinstance(pilot.app.screen, FailureDialog))
            await pilot.press("escape")
            await go_to(pilot, panel)
            await until(pilot, lambda: "before there was a network" in noted(pilot))
            await pilot.press("space", "c", "up", "down", "left", "right", "enter")
            assert not inside(pilot).panel.display

    @pytest.mark.parametrize("panel", PLANES, ids=["regions", "units"])
    async def test_a_paused_run_is_drawn_and_drawn_again_after_a_step(self, size, panel):
        async with opened(structs.replace(QUICK, epochs=1_000_000), size) as pilot:
            await pilot.press("exclamation_mark")
            await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.state is RunState.PAUSED)
            await go_to(pilot, panel)
            await until(pilot, lambda: shows_iteration(pilot, 1))
            inside(pilot).panel.focus()
            await pilot.press("space", "c", "c", "c")
            await until(pilot, lambda: shows_iteration(pilot, 1))
            await pilot.press("s")
            await until(pilot, lambda: shows_iteration(pilot, 2))
            assert last_run(pilot).run.state is RunState.PAUSED


@pytest.mark.quick
async def test_a_unit_is_chosen_by_a_click():
    async with opened(QUICK, WIDE) as pilot:
        await looking(pilot, UnitsPanel)
        await until(pilot, lambda: "▸1" in shown(pilot))
        tiles = tiles_for(12, inside(pilot).panel._width, inside(pilot).panel.size.height)
        await pilot.click(UnitsPanel, offset=(tiles.width + 3, 3))
        await until(pilot, lambda: "unit 2" in shown(pilot))


async def test_a_live_run_is_drawn_again_as_it_learns():
    experiment = structs.replace(QUICK, epochs=1_000_000)
    async with opened(experiment, SMALL) as pilot:
        await pilot.press("r")
        await go_to(pilot, RegionsPanel)
        await until(pilot, lambda: is_answered(pilot))
        first = inside(pilot).panel._now.iteration
        await until(pilot, lambda: inside(pilot).panel._now.iteration > first)


async def test_the_spectrum_over_time_grows_and_is_forgotten_with_the_run():
    experiment = structs.replace(PARITY, epochs=1_000_000)
    async with opened(experiment, SMALL) as pilot:
        await pilot.press("r")
        await go_to(pilot, SpectrumPanel)
        panel = inside(pilot).panel
        await until(pilot, lambda: len(panel._seen) > 1)
        assert [now.iteration for now in panel._seen] == sorted({now.iteration for now in panel._seen})
        await pilot.press("x")
        await until(pilot, lambda: last_run(pilot).run.state is RunState.STOPPED)
        panel.forget()
        assert not panel._seen


async def test_a_diverged_run_is_said_to_have_diverged():
    experiment = structs.replace(QUICK, optimizer=AdamSpec(1e30), epochs=100)
    async with opened(experiment, SMALL) as pilot:
        await trained(pilot)
        await go_to(pilot, RegionsPanel)
        note = lab_of(pilot).query_one("#inside-note", Label)
        await until(pilot, lambda: is_answered(pilot) or "diverged" in str(note.content))


async def test_another_size_asks_for_another_picture():
    async with opened(QUICK, SMALL) as pilot:
        await looking(pilot, RegionsPanel)
        await until(pilot, lambda: inside(pilot).panel._now is not None)
        await pilot.resize_terminal(150, 45)
        panel = inside(pilot).panel
        await until(pilot, lambda: panel._now.classes.shape == tuple(reversed(dots_of(panel))))


def dots_of(panel):
    columns, rows = plot_size(panel.size.width - 1, panel.size.height)
    return columns, 2 * rows


async def test_columns_with_hostile_names(tmp_path):
    path = tmp_path / "own.csv"
    body = "".join(f"{i % 7},{i % 5},{'[/]' if i % 2 else chr(27) + '[2J'}\n" for i in range(60))
    path.write_text("[bold]a,b[/,kind\n" + body)
    experiment = structs.replace(QUICK, dataset=CsvFile(str(path)))
    async with opened(experiment, WIDE) as pilot:
        await looking(pilot, RegionsPanel)
        await until(pilot, lambda: "[/]" in shown(pilot))
        assert "\x1b" not in shown(pilot)
