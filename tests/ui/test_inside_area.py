"""The area Inside: its panels by keys and mouse, what they ask and when, and what they draw."""

import numpy as np
import pytest
from laboratory import ENDLESS, SHORT, SMALL, WIDE, frame_title, lab_of, last_run, opened, opens, toasts, trained, until
from msgspec import structs

from joml_tui.experiment import (
    AdamSpec,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    OutputSpec,
    Parity,
    Plane,
    SplitSpec,
    Xor,
)
from joml_tui.inspect.confusion import ConfusionNow, ValuesNow
from joml_tui.inspect.health_report import Health
from joml_tui.inspect.layer_curves import Layers, LayersNow
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.inspect.raw_samples import RawSamples
from joml_tui.inspect.sample_flow import SampleFlow
from joml_tui.inspect.worst_samples import WorstNow
from joml_tui.plots.palette import ink_for
from joml_tui.runs.run import Run, RunState
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.inside import confusion_panel, diagram_panel, heat_map_panel, inside_area, sparklines, worst_panel
from joml_tui.ui.inside.histograms_panel import Histogram, over_time
from joml_tui.ui.inside.inside_area import InsideArea
from joml_tui.ui.inside.panel import spread_over

INK = ink_for(0x101010, 0xE0E0E0)
VALUES = Experiment(
    dataset=Plane(samples=200),
    layers=(LayerSpec(4),),
    output=OutputSpec(activation="identity", cost="mean-squared-error"),
    epochs=2,
)
TITLES = [panel.title for panel in inside_area.PANELS]


def area_of(pilot):
    return lab_of(pilot).query_one(InsideArea)


def shown(pilot):
    """Return the text of the panel in sight, or the sentence in its place."""
    area = area_of(pilot)
    note = area.query_one("#inside-note")
    if note.display:
        return str(note.content)
    return written(area.panel._lines.rows)


def written(rows):
    return "\n".join("".join(piece.text for piece in row) for row in rows)


async def begin_with_the_first(pilot):
    """Show the first panel, also of a run that begins with its regions."""
    await pilot.press("4")
    area_of(pilot).choose(0)


async def chosen(pilot, title):
    """Go to a panel by keys, and wait until it shows something of the run."""
    await pilot.press("4")
    await pilot.pause()
    while area_of(pilot).panel.title != title:
        await pilot.press("right_curly_bracket")
    await pilot.pause()
    assert area_of(pilot).panel.title == title


@pytest.mark.parametrize("size", [SMALL])
class TestPanels:
    async def test_before_any_run_the_composed_network_is_drawn_and_the_rest_says_what_to_do(self, size):
        async with opened(structs.replace(SHORT, layers=(LayerSpec(7, "tanh", dropout=0.2),)), size) as pilot:
            await pilot.press("4")
            await until(pilot, lambda: "dropout 0.2" in shown(pilot))
            assert "tanh" in shown(pilot)
            assert "parameters" in shown(pilot)
            for title in TITLES[1:]:
                await pilot.press("right_curly_bracket")
                await pilot.pause()
                assert area_of(pilot).panel.title == title
                assert "Press r to train" in shown(pilot)

    async def test_every_panel_tells_of_the_run(self, size):
        async with opened(SHORT, size) as pilot:
            await trained(pilot)
            await begin_with_the_first(pilot)
            expected = {
                "Diagram": "gradient",
                "Network": "sample 1 of 40",
                "Try": "The sample itself",
                "Layers": "weights of layer 1",
                "Heat map": "norm of the gradient",
                "Confusion": "95 % interval",
                "Worst": "of 40 wrong",
            }
            for title, text in expected.items():
                await until(pilot, lambda text=text: text in shown(pilot))
                assert area_of(pilot).panel.title == title
                await pilot.press("right_curly_bracket")

    async def test_of_replicas_the_first_is_looked_into_and_that_is_said(self, size):
        async with opened(structs.replace(SHORT, replicas=3), size) as pilot:
            await pilot.press("4")
            await pilot.pause()
            assert not area_of(pilot).border_subtitle
            await trained(pilot)
            await until(pilot, lambda: "first of 3 replicas" in (area_of(pilot).border_subtitle or ""))

    async def test_the_frame_says_of_which_run_and_iteration_the_panel_is(self, size):
        async with opened(SHORT, size) as pilot:
            await trained(pilot)
            await chosen(pilot, "Layers")
            await until(pilot, lambda: "#1 · iteration 30" in (area_of(pilot).border_subtitle or ""))

    async def test_the_panels_by_mouse(self, size):
        async with opened(SHORT, size) as pilot:
            await trained(pilot)
            await begin_with_the_first(pilot)
            await pilot.pause()

            async def click(name):
                """Click on a panel's name in the frame's title."""
                await pilot.click(area_of(pilot), offset=(frame_title(area_of(pilot)).index(name), 0))

            await click("Heat map")
            await until(pilot, lambda: "norm of the gradient" in shown(pilot))
            first = written(area_of(pilot).panel._lines.rows[:1])
            await pilot.click(area_of(pilot).panel, offset=(first.index("dead") + 1, 0))
            await until(pilot, lambda: "share of dead" in shown(pilot))
            await click("Diagram")
            await until(pilot, lambda: "relu" in shown(pilot) or "tanh" in shown(pilot))

    async def test_values_have_their_plot_instead_of_a_table(self, size):
        async with opened(VALUES, size) as pilot:
            await trained(pilot)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "mean absolute error" in shown(pilot))
            await pilot.press("right_curly_bracket")
            await until(pilot, lambda: "the costliest of 40" in shown(pilot))

    async def test_no_panel_speaks_of_the_accuracy_of_values(self, size):
        async with opened(VALUES, size) as pilot:
            await trained(pilot)
            await begin_with_the_first(pilot)
            texts = {}
            for title in TITLES:
                await until(pilot, lambda: shown(pilot) and "Looking into" not in shown(pilot))
                texts[title] = shown(pilot)
                await pilot.press("right_curly_bracket")
            assert "R2" in texts["Confusion"]
            assert not [title for title, text in texts.items() if "accuracy" in text.lower()]

    async def test_a_run_without_a_network_says_why(self, size, monkeypatch):
        async with opened(SHORT, size) as pilot:
            await trained(pilot)
            monkeypatch.setattr(last_run(pilot).run.snapshots.__class__, "latest", None)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "before there was a network" in shown(pilot))

    async def test_a_diverged_run_is_shown_in_every_panel(self, size):
        diverging = structs.replace(
            SHORT, layers=(LayerSpec(6, "relu"), LayerSpec(6, "relu")), optimizer=GradientDescentSpec(1e6), epochs=50
        )
        async with opened(diverging, size) as pilot:
            await trained(pilot)
            assert last_run(pilot).run.state is RunState.DIVERGED
            await begin_with_the_first(pilot)
            for title in TITLES:
                await until(pilot, lambda: shown(pilot) and "Looking into" not in shown(pilot))
                assert area_of(pilot).panel.title == title
                await pilot.press("right_curly_bracket")


async def test_runs_of_two_features_begin_with_their_regions_until_a_view_is_chosen():
    async with opened(SHORT) as pilot:
        await pilot.press("4")
        assert area_of(pilot).panel.title == "Diagram"  # of the composed network
        await trained(pilot)
        assert area_of(pilot).panel.title == "Regions"
        assert area_of(pilot).panel.has_focus
        await pilot.press("left_curly_bracket")
        chosen_title = area_of(pilot).panel.title
        await trained(pilot)
        assert area_of(pilot).panel.title == chosen_title != "Regions"


class TestAsking:
    @pytest.fixture
    def questions(self, monkeypatch):
        asked, ask = [], Run.ask

        def noted(run, question, on_answer, *at):
            if not isinstance(question, Health):  # the lab itself watches over a run that trains
                asked.append(question)
            ask(run, question, on_answer, *at)

        monkeypatch.setattr(Run, "ask", noted)
        monkeypatch.setattr(inside_area, "SECONDS_A_QUESTION", 0.05)
        return asked

    async def test_a_run_that_stands_still_is_asked_once(self, questions):
        async with opened(SHORT) as pilot:
            await trained(pilot)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "recall" in shown(pilot))
            questions.clear()
            await pilot.pause(0.4)
            assert questions == []
            await pilot.press("space")
            await until(pilot, lambda: "160" in shown(pilot))
            assert [question.part for question in questions] == ["train"]

    async def test_space_goes_through_the_parts_that_a_run_has(self, questions):
        three = structs.replace(SHORT, split=SplitSpec(validation=0.1))  # 140, 20 and 40 samples
        async with opened(three) as pilot:
            await trained(pilot)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "recall" in shown(pilot))
            questions.clear()
            for part in ("validation", "train", "test"):
                await pilot.press("space")
                await until(pilot, lambda part=part: [each.part for each in questions][-1:] == [part])
                await until(pilot, lambda part=part: area_of(pilot).panel._now.part == part)
            assert "validation samples" in shown(pilot)
            assert last_run(pilot).run.checked_part == "validation"

    async def test_a_paused_run_is_asked_again_after_a_step(self, questions):
        async with opened(SHORT) as pilot:
            await pilot.press("exclamation_mark")
            await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.state is RunState.PAUSED)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "iteration 1" in shown(pilot))
            questions.clear()
            await pilot.press("s")
            await until(pilot, lambda: "iteration 2" in shown(pilot))
            await pilot.pause(0.3)
            assert len(questions) == 1

    async def test_nothing_is_asked_out_of_sight(self, questions):
        async with opened(ENDLESS) as pilot:
            await pilot.press("r")
            await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration)
            await pilot.pause(0.2)
            assert questions == []
            await chosen(pilot, "Worst")
            await until(pilot, lambda: len(questions) > 2)
            await pilot.press("2")
            await pilot.pause(0.2)
            questions.clear()
            await pilot.pause(0.3)
            assert questions == []

    async def test_the_next_question_waits_for_the_last_answer(self, questions, monkeypatch):
        async with opened(ENDLESS) as pilot:
            await pilot.press("r")
            await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration)
            area_of(pilot).choose(TITLES.index("Layers"))
            monkeypatch.setattr(Run, "ask", lambda run, question, on_answer: questions.append(question))
            await pilot.press("4")
            await until(pilot, lambda: any(isinstance(question, Layers) for question in questions))
            await pilot.pause(0.4)
            assert len([question for question in questions if isinstance(question, Layers)]) == 1

    async def test_an_answer_of_a_run_no_longer_selected_is_not_shown(self, monkeypatch):
        async with opened(SHORT) as pilot:
            await trained(pilot)
            await trained(pilot)
            kept = []
            monkeypatch.setattr(Run, "ask", lambda run, question, on_answer: kept.append((run, on_answer)))
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: kept)
            area_of(pilot).show_run(lab_of(pilot).session.runs[0])
            await until(pilot, lambda: len(kept) == 2)
            kept[0][1]("of another run")
            await pilot.pause(0.1)
            await until(pilot, lambda: "Looking into" in shown(pilot))
            kept[1][1]("[/] of this run")
            await until(pilot, lambda: "[/] of this run" in shown(pilot))


class TestWaiting:
    """An engine that is busy answers late; keys act on what is there."""

    @pytest.fixture
    def waiting(self, monkeypatch):
        """Return the questions of samples that wait, each a function that asks it."""
        questions, ask = [], Run.ask

        def delayed(run, question, on_answer, *rest):
            if isinstance(question, SampleFlow):
                questions.append(lambda: ask(run, question, on_answer, *rest))
            else:
                ask(run, question, on_answer, *rest)

        monkeypatch.setattr(Run, "ask", delayed)
        return questions

    async def test_keys_are_not_lost_and_the_last_answer_stays(self, waiting):
        async with opened(SHORT) as pilot:
            await trained(pilot)
            await chosen(pilot, "Network")
            await until(pilot, lambda: len(waiting) == 1 and "Looking into" in shown(pilot))
            await pilot.press("shift+right", "shift+right")  # before the first answer
            waiting[0]()
            await until(pilot, lambda: "sample 3 of 40 …" in shown(pilot))
            await until(pilot, lambda: "waiting for the engine" in (area_of(pilot).border_subtitle or ""))
            await pilot.press("shift+right")
            assert "sample 4 of 40 …" in shown(pilot)
            waiting[-1]()
            await until(pilot, lambda: len(waiting) == 3)  # what was asked before is not what is wanted now
            waiting[-1]()
            await until(pilot, lambda: "sample 4 of 40 " in shown(pilot) and "…" not in shown(pilot).splitlines()[0])
            await until(pilot, lambda: "waiting for" not in (area_of(pilot).border_subtitle or ""))
            await pilot.press("right_curly_bracket", "left_curly_bracket")
            await until(pilot, lambda: len(waiting) == 4)
            assert "sample 4 of 40 " in shown(pilot)  # the last answer, as the cursor was


class TestKeys:
    async def test_the_help_tells_how_each_panel_is_read(self):
        async with opened(SHORT, SMALL) as pilot:
            await pilot.press("4")
            for place, panel in enumerate(inside_area.PANELS):
                area_of(pilot).choose(place)
                area_of(pilot)._show_note("")
                await pilot.pause()
                area_of(pilot).panel.focus()
                await opens(pilot, Help, "question_mark")
                assert panel.HELP in pilot.app.screen.query_one("#keys").text, panel.title
                assert len(panel.HELP) < 400, panel.title
                await pilot.press("escape")
                await until(pilot, lambda: pilot.app.screen is lab_of(pilot))

    async def test_the_help_is_about_the_next_panel_before_any_run_too(self):
        async with opened(SHORT, SMALL) as pilot:
            await opens(pilot, Help, "4", "right_curly_bracket", "question_mark")
            assert inside_area.PANELS[1].HELP in pilot.app.screen.query_one("#keys").text

    async def test_the_palette_does_what_the_keys_do(self):
        async with opened(SHORT, WIDE) as pilot:
            await trained(pilot)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "of 40" in shown(pilot))
            commands = {command.title: command for command in pilot.app.get_system_commands(lab_of(pilot))}
            await commands["Panel's choice"].callback()
            await until(pilot, lambda: "of 160" in shown(pilot))
            await commands["Shading"].callback()
            await until(pilot, lambda: "Confusion has no use for that key" in toasts(pilot))

    async def test_up_and_down_scroll_where_there_is_nothing_to_select(self):
        async with opened(structs.replace(SHORT, dataset=Xor(samples=600, noise=1.5)), SMALL) as pilot:
            await trained(pilot)
            await chosen(pilot, "Worst")
            await until(pilot, lambda: area_of(pilot).panel.max_scroll_y)
            area_of(pilot).panel.focus()
            await pilot.press("down")
            await until(pilot, lambda: area_of(pilot).panel.scroll_offset.y == 1)
            await pilot.press("up")
            await until(pilot, lambda: area_of(pilot).panel.scroll_offset.y == 0)


@pytest.mark.parametrize("width", [100, 129])
async def test_in_a_terminal_of_middle_width_inside_and_settings_take_turns(width):
    async with opened(SHORT, (width, 30)) as pilot:
        lab = lab_of(pilot)

        def areas():
            return {
                name for name in ("compose", "charts-area", "inside", "runs-area") if lab.query_one(f"#{name}").region
            }

        await pilot.press("4")
        await pilot.pause()
        assert areas() == {"inside", "runs-area"}
        await pilot.press("3")
        await pilot.pause()
        assert areas() == {"inside", "runs-area"}
        await pilot.press("1")
        await pilot.pause()
        assert areas() == {"compose", "charts-area", "runs-area"}
        await pilot.press("4", "M")
        await pilot.pause()
        assert areas() == {"inside"}


async def test_in_a_wide_terminal_inside_and_charts_take_turns():
    async with opened(SHORT, WIDE) as pilot:
        lab = lab_of(pilot)

        def areas():
            return {
                name for name in ("compose", "charts-area", "inside", "runs-area") if lab.query_one(f"#{name}").region
            }

        assert areas() == {"compose", "charts-area", "runs-area"}
        await pilot.press("4")
        await pilot.pause()
        assert areas() == {"compose", "inside", "runs-area"}
        await pilot.press("3")
        await pilot.pause()
        assert areas() == {"compose", "inside", "runs-area"}
        await pilot.press("2")
        await pilot.pause()
        assert areas() == {"compose", "charts-area", "runs-area"}
        await pilot.resize_terminal(*SMALL)
        await pilot.press("4")
        await pilot.pause()
        assert areas() == {"inside"}


def layers_now(gradient, names=None, dead=None):
    """Make a record of these gradients, (measurements, layers), at iterations 1, 11, 21 ..."""
    gradient = np.asarray(gradient, np.float32)
    measured, layers = gradient.shape
    nothing = np.full((measured, layers - 1), np.nan, np.float32)
    series = LayerSeries(
        1 + 10 * np.arange(measured),
        gradient,
        gradient / 100,
        np.ones_like(gradient),
        nothing if dead is None else np.asarray(dead, np.float32),
        nothing,
    )
    edges, counts = np.zeros((layers, 2), np.float32), np.ones((layers, 1), np.int64)
    return LayersNow(
        int(series.iterations[-1]), series, names or ("4 relu",) * layers, (8,) * layers, edges, counts,
        edges[1:], counts[1:],
    )  # fmt: skip


class TestDrawing:
    def drawn(self, now, width=60, height=12):
        return written(
            heat_map_panel.draw(
                now.series.iterations, now.series.gradient, now.names, width, height, INK,
                linear=False, dark=True, note="gradient",
            )
        )  # fmt: skip

    def test_without_colours_shades_tell_strong_from_weak_and_zero(self):
        lines = self.drawn(layers_now([[1e-4, 1e-2, 1.0], [1e-4, 0, 1.0]])).splitlines()[1:]
        first, second, third = lines[0:9:3] if len(lines) > 6 else lines[:3]
        assert "·" in first and "█" not in first
        assert "×" in lines[3 * 1 + 0] or "×" in second
        assert "█" in third
        assert "× exactly 0" in self.drawn(layers_now([[1e-4, 0, 1.0]]))

    def test_the_map_is_as_wide_as_asked_for(self):
        for width in (40, 79, 200):
            for line in self.drawn(layers_now(np.ones((30, 5)), None), width).splitlines():
                assert len(line) <= width

    def test_what_is_not_a_number_is_left_out(self):
        text = self.drawn(layers_now([[np.nan, np.inf], [np.nan, np.nan]]))
        assert "1 4 relu" in text

    def test_columns_are_means_and_gaps_are_filled(self):
        iterations = np.array([1, 2, 9])
        values = np.array([[1.0], [3.0], [5.0]])
        means = sparklines.columns(iterations, values, 10, 5)
        np.testing.assert_array_equal(means[:, 0], [2, 2, 2, 2, 5])

    def test_sparklines_and_bars(self):
        assert sparklines.sparkline(np.array([0, 0.5, 1, np.nan]), 0, 1) == "▁▅█ "
        assert sparklines.bar(0.5, 4) == "██  "
        assert sparklines.upright(np.array([1.0, 0.5, 0.0, 1e-9]), 2) == ["█   ", "██ ▁"]

    def test_arcs_lead_from_the_start_of_a_residual_block_to_its_end(self):
        layers = (LayerSpec(4), LayerSpec(4, residual=1), LayerSpec(4, residual=2))
        experiment = Experiment(dataset=Xor(samples=200), input_size=2, layers=layers, output=OutputSpec(size=2))
        blocks = diagram_panel.blocks_of(experiment)
        lines = written(diagram_panel.draw(blocks, None, 80, 8, INK, dark=True)).splitlines()
        assert "╭─" in lines[2]
        assert "╰▸" in lines[3]
        assert "╰▸" in lines[4]
        assert [block.parameters for block in blocks] == [0, 12, 20, 20, 10]

    @pytest.mark.parametrize("width", [77, 100, 150])
    def test_a_diagram_fits_its_width(self, width):
        experiment = Experiment(
            dataset=Xor(samples=200),
            input_size=784,
            layers=(LayerSpec(65_536), LayerSpec(1, "leaky-relu", dropout=0.5, normalised=True)),
        )
        now = layers_now(np.full((1, 3), 1e-12))
        for line in written(
            diagram_panel.draw(diagram_panel.blocks_of(experiment), now, width, 30, INK, dark=True)
        ).splitlines():
            assert len(line.rstrip()) <= width

    def test_recall_precision_and_intervals(self):
        counts = np.array([[[90, 10], [0, 20]]])
        text = written(
            confusion_panel.draw_classes(
                ConfusionNow(5, "test", ("a", "b"), counts, 120, 0, 110 / 120), 0, 79, INK, dark=True
            )
        )
        assert "90.0  83–94" in text  # Wilson's interval of 90 in 100
        assert "100.0  96–100" in text  # the precision of a: 90 in 90
        assert "66.7  49–81" in text  # the precision of b: 20 in 30
        assert "accuracy 91.67 % of 120" in text

    def test_right_answers_are_not_rounded_to_whole_samples(self):
        counts = np.array([[[10, 0], [3, 7]], [[9, 1], [0, 10]], [[4, 1], [2, 13]]])
        now = ConfusionNow(5, "test", ("a", "b", "c"), counts, 20, 0, 53 / 60)
        text = written(confusion_panel.draw_answers(now, 90, INK))
        assert "right answers 88.33 % of 20 samples, 3 answers each, 95 % interval 67.87 to 96.45 %" in text
        assert "accuracy 88" not in text

    def test_samples_without_finite_outputs_leave_no_score(self):
        now = ConfusionNow(5, "test", ("a", "b"), np.array([[[9, 1], [0, 8]]]), 20, 2, float("nan"))
        text = written(confusion_panel.draw_classes(now, 0, 79, INK, dark=True))
        assert "accuracy –: the outputs for 2 of 20 samples are not finite" in text

    @pytest.mark.parametrize("size", [(77, 18), (97, 14), (112, 30), (200, 52)])
    def test_classes_are_higher_where_there_is_room(self, size):
        names = ("E <= -9", "-7 <= E <= -1", "1 <= E <= 5", "E >= 7")
        counts = np.array([[[610, 36, 0, 0], [125, 764, 49, 0], [0, 99, 631, 55], [0, 0, 97, 811]]])
        now = ConfusionNow(5, "test", names, counts, int(counts.sum()), 0, 0.9)
        rows = confusion_panel.draw_classes(now, 0, size[0], INK, dark=True, height=size[1])
        lines = written(rows).splitlines()
        assert max(len(line) for line in lines) <= size[0]
        assert len(lines) <= size[1]
        assert ("94.4 %" in written(rows)) == (size[0] > 100)
        for name in names:
            assert all(part in "".join(lines[:2]) for part in name.split())

    def test_features_stand_beneath_their_names(self):
        x = np.array([[-1, 0.25, 1000], [1, 12, 3]], np.float32)
        now = WorstNow(
            1, "classes", 2, 9, ("a", "long name", "c"), ("0", "1"), np.array([3, 4]), x,
            np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[::-1], np.array([1.6, 1.5]), 0.0, 1.0,
        )  # fmt: skip
        lines = written(worst_panel.draw_features(now, 90, INK, dark=True)).splitlines()
        for name, values in (("a", ("-1", "1")), ("long name", ("0.25", "12")), ("c", ("1000", "3"))):
            end = lines[0].index(f" {name} ") + 1 + len(name)
            assert [line[:end].split()[-1] for line in lines[1:]] == list(values)
        narrow = written(worst_panel.draw_features(now, 45, INK, dark=True)).splitlines()
        assert all(line.endswith("…") and len(line) <= 45 for line in narrow)

    def test_samples_of_a_file_have_the_number_and_the_cells_of_their_row(self):
        raw = RawSamples((17, 4), ("sex", "age"), (("female", "22.5"), ("\x1b[31m", "missing")))
        now = WorstNow(
            1, "classes", 2, 9, ("sex=female", "sex=male", "age"), ("0", "1"), np.array([3, 4]),
            np.ones((2, 3), np.float32), np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[::-1],
            np.array([1.6, 1.5]), 0.0, 1.0, raw=raw,
        )  # fmt: skip
        lines = written(worst_panel.draw_features(now, 90, INK, dark=True)).splitlines()
        assert lines[0].split() == ["row", "true", "predicted", "cost", "sex", "age"]
        assert lines[1].split()[0] == "17"
        assert lines[1].split()[-2:] == ["female", "22.5"]
        assert "\x1b" not in lines[2]

    def test_ten_classes_fit_and_more_are_reached_by_columns(self):
        names = tuple(f"class {n}" for n in range(26))
        ten = ConfusionNow(1, "test", names[:10], np.full((1, 10, 10), 999), 99_900, 0, 0.1)
        lines = written(confusion_panel.draw_classes(ten, 0, 77, INK, dark=True)).splitlines()
        assert max(len(line) for line in lines) <= 77
        many = ConfusionNow(1, "test", names, np.full((1, 26, 26), 7), 26 * 26 * 7, 0, 1 / 26)
        assert "columns 5 to" in written(confusion_panel.draw_classes(many, 4, 77, INK, dark=True))

    def test_hostile_names_are_harmless(self):
        names = ("\x1b[31m[/]", "a\u202eb" * 99)
        now = ConfusionNow(1, "test", names, np.ones((1, 2, 2), int), 4, 0, 0.5)
        text = written(confusion_panel.draw_classes(now, 0, 79, INK, dark=True))
        wrong = WorstNow(
            1, "classes", 1, 4, names, names, np.array([3]), np.ones((1, 2), np.float32),
            np.array([[1, 0]], np.float32), np.array([[0.2, 0.8]], np.float32), np.array([1.6]), 0.0, 1.0,
        )  # fmt: skip
        text += written(worst_panel.draw_features(wrong, 79, INK, dark=True))
        assert "\x1b" not in text and "\u202e" not in text
        assert "0.80" in text

    def test_images_of_8_by_8_and_28_by_28_pixels(self):
        for side, shown_side in ((8, 8), (28, 14), (30, 14)):
            x = np.zeros((1, side * side), np.float32)
            x[0, : side * side // 2] = 16
            now = WorstNow(
                1, "classes", 1, 9, ("x",) * (side * side), ("0", "1"), np.array([3]), x,
                np.array([[1, 0]], np.float32), np.array([[0.2, 0.8]], np.float32), np.array([1.6]), 0.0, 16.0,
            )  # fmt: skip
            lines = written(worst_panel.draw_images(now, 79, INK)).splitlines()
            assert lines[0].strip() == "██" * shown_side
            assert lines[shown_side - 1].strip() == ""
            assert lines[shown_side].strip() == "0 as 1 0.80"

    def test_images_of_a_folder_have_the_ends_of_their_names(self):
        raw = RawSamples((3,), ("x1",), (("0",),), ("some/where/four/0007.png",))
        now = WorstNow(
            1, "classes", 1, 9, ("x",) * 64, ("0", "1"), np.array([3]), np.ones((1, 64), np.float32),
            np.array([[1, 0]], np.float32), np.array([[0.2, 0.8]], np.float32), np.array([1.6]), 0.0, 16.0, raw=raw,
        )  # fmt: skip
        assert "…ur/0007.png 1.6" in written(worst_panel.draw_images(now, 79, INK))
        assert "some/where/four/0007.png  0 " in written(worst_panel.draw_features(now, 79, INK, dark=True))

    def test_a_density_of_nothing_but_missing_numbers_is_empty(self):
        edges = np.linspace(0, 1, 9)[np.newaxis]
        now = ValuesNow(1, "test", ("y",), float("nan"), np.array([np.nan]), edges, np.zeros((1, 8, 8), int), 5)
        assert "R2 –" in written(confusion_panel.draw_values(now, 0, 40, INK, dark=True))


class TestCourse:
    """What an ended run has kept of its way: asked about snapshot by snapshot, and only while looked at."""

    PARITY = Experiment(
        dataset=Parity(bits=6), layers=(LayerSpec(16, "tanh"),), optimizer=AdamSpec(0.02), epochs=400, batch_size=8
    )

    async def test_the_spectrum_of_a_run_that_has_ended_over_time(self):
        async with opened(self.PARITY) as pilot:
            await trained(pilot)
            run = last_run(pilot).run
            iterations = run.snapshots.iterations
            assert len(iterations) > 2 and iterations[0] == 0
            await chosen(pilot, "Spectrum")
            panel = area_of(pilot).panel
            await until(pilot, lambda: len(panel._seen) == len(spread_over(iterations)), 30)
            assert [seen.iteration for seen in panel._seen] == list(spread_over(iterations))
            energies = [float(seen.network.sum()) for seen in panel._seen]
            assert max(energies) - min(energies) > 1e-6
            await until(pilot, lambda: "network over time" in shown(pilot))

    @pytest.mark.parametrize("size", [SMALL])
    async def test_histograms_over_time(self, size):
        async with opened(self.PARITY, size) as pilot:
            await trained(pilot)
            iterations = last_run(pilot).run.snapshots.iterations
            await chosen(pilot, "Layers")
            panel = area_of(pilot).panel
            await until(pilot, lambda: "weights of layer 1" in shown(pilot))
            assert "over time" not in shown(pilot).replace("Enter: over time", "")
            await pilot.press("enter")
            await until(pilot, lambda: len(panel._seen) == len(spread_over(iterations)), 30)
            await until(pilot, lambda: f"iteration 0 to {iterations[-1]:,}" in shown(pilot))
            assert "weights of layer 1 over time" in shown(pilot) and "activations of layer 1 over" in shown(pilot)
            assert all(sum(len(piece.text) for piece in row) <= panel._width for row in panel._lines.rows)
            await pilot.press("down", "enter")
            assert "weights of layer 2" in shown(pilot) and "layer 2 over time" not in shown(pilot)

    async def test_the_features_of_the_worst_samples_are_gone_through(self):
        experiment = structs.replace(self.PARITY, dataset=Parity(bits=14), epochs=1, batch_size=512)
        async with opened(experiment, SMALL) as pilot:
            await trained(pilot)
            await chosen(pilot, "Worst")
            await until(pilot, lambda: " x1 " in shown(pilot))
            assert " x14" not in shown(pilot)
            await pilot.press(*["right"] * 4)
            assert " x14" in shown(pilot) and "…" not in shown(pilot).splitlines()[1]
            await pilot.press(*["left"] * 9)
            assert " x1 " in shown(pilot) and "…" in shown(pilot).splitlines()[1]

    async def test_nothing_of_it_is_asked_in_another_panel(self, monkeypatch):
        asked, ask = [], Run.ask
        monkeypatch.setattr(
            Run, "ask", lambda run, question, *rest: (asked.append(rest[1:]), ask(run, question, *rest))
        )
        async with opened(self.PARITY) as pilot:
            await trained(pilot)
            await chosen(pilot, "Confusion")
            await until(pilot, lambda: "recall" in shown(pilot))
            await pilot.pause(0.3)
            assert not any(asked)


def test_histograms_of_several_widths_in_one_picture():
    edges = np.linspace(0, 4, 5, dtype=np.float32)
    narrow, wide = (
        Histogram(0, np.array([4, 0]), np.array([0, 1, 2], np.float32)),
        Histogram(10, np.array([1, 1, 1, 1]), edges),
    )
    shares, low, high = over_time([narrow, wide], 2, 4)
    assert (low, high) == (0, 4)
    assert shares.T.tolist() == [[0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25]]
    shares, *_ = over_time([narrow, wide], 11, 4)
    assert shares[3].tolist() == [1] * 10 + [0.25]  # as it was until it is known to be another


@pytest.mark.parametrize("trains", [False, True], ids=["composed", "trained"])
async def test_tab_reaches_every_view_and_returns(trains):
    async with opened(SHORT) as pilot:
        if trains:
            await trained(pilot)
        await pilot.press("4")
        seen = []
        for _ in area_of(pilot).panels:
            seen.append(area_of(pilot).panel.title)
            await pilot.press("tab")
            await pilot.pause()
        assert len(set(seen)) == len(seen)
        assert area_of(pilot).panel.title == seen[0]
        await pilot.press("shift+tab")
        assert area_of(pilot).panel.title == seen[-1]
