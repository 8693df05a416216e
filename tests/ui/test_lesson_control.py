"""The teaching screens: every page by its keys and by the mouse, and numbers that a student can check."""

import re

import numpy as np
import pytest
from laboratory import ENDLESS, SHORT, SMALL, WIDE, lab_of, last_run, opened, settled, toasts, trained, typed, until
from msgspec.structs import replace
from textual.widgets import Static

from joml_tui.experiment import (
    AdamWSpec,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    MomentumSpec,
    OutputSpec,
    Sine,
    SpinGlass,
    Xor,
)
from joml_tui.experiment.layer_specs import LAYER_SPECS
from joml_tui.inspect import answer
from joml_tui.inspect.accounting import Accounting
from joml_tui.inspect.collapse import Collapsing
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui import terminal_traits
from joml_tui.ui.app import LabApp
from joml_tui.ui.lessons import notation
from joml_tui.ui.lessons.accounting_lesson import AccountingLesson, accounting_lines
from joml_tui.ui.lessons.ascii_math import in_ascii
from joml_tui.ui.lessons.collapse_lesson import CollapseLesson, collapse_page
from joml_tui.ui.lessons.lesson import Lesson
from joml_tui.ui.lessons.lesson_source import Source
from joml_tui.ui.lessons.number_table import NumberTable
from joml_tui.ui.lessons.one_step import OneStep, StepTab
from joml_tui.ui.lessons.step_text import STEPS, Place, explained
from joml_tui.ui.widgets.static_text import StaticText

OPTIONS = Experiment(
    dataset=Xor(samples=200),
    layers=(
        LayerSpec(6, "tanh", dropout=0.5),
        LayerSpec(6, "sigmoid", normalised=True),
        LayerSpec(6, "gelu", residual=2, dropout=0.25),
        LayerSpec(6, "identity", residual=1, normalised=True),
    ),
    optimizer=MomentumSpec(0.1, l2=0.01, clip_norm=0.001),
    batch_size=16,
    epochs=3,
)
LINEAR = replace(SHORT, layers=(LayerSpec(5, "identity"), LayerSpec(4, "identity")))
VALUES = Experiment(
    dataset=Sine(samples=60),
    layers=(LayerSpec(5, "tanh"),),
    output=OutputSpec(activation="identity", cost="mean-squared-error"),
    epochs=2,
)
SPIN_GLASS = Experiment(dataset=SpinGlass(), layers=(LayerSpec(20), LayerSpec(10)), epochs=1)


def subject_of(experiment, iterations=0):
    subject = build_subject(experiment)
    while subject.trainer.iteration < iterations:
        subject.trainer.advance(iterations - subject.trainer.iteration)
    return subject


def told_at_once(question_answer):
    return Source("14-20-10-4 #1", lambda question, hear: hear(question_answer))


def shown(pilot, selector="#explained"):
    return str(pilot.app.screen.query_one(selector, Static).content)


def where(pilot):
    return str(pilot.app.screen.query_one("#where", StaticText).content)


async def taught(pilot, key, kind):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and not pilot.app.screen.waiting)
    await pilot.pause()
    await pilot.pause()


def number_of(written):
    """Read a number as these screens write it."""
    mantissa, _, exponent = written.strip("()").replace("−", "-").partition("×10")
    digits = exponent.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return float(mantissa) * 10 ** int(digits or 0)


class TestNotation:
    def test_numbers_of_a_table_are_aligned_and_have_a_sign(self):
        cells = [notation.cell(value) for value in (0.5, -1, 12.34567, 0, 1e-5, -1.5e-12, 123456, np.nan, -np.inf)]
        numbers = ["+0.5000", "−1.0000", "+12.346", "0     ", "+1.00e−5", "−1.5e−12", "+1.23e5", "nan", "−inf"]
        assert cells == [f"{number:>8}" for number in numbers]
        assert {len(cell) for cell in cells} == {8}

    @pytest.mark.parametrize("size", [9.999949, 9.99996, 99.99951, 999.996, 9999.94, 9999.96, 0.00099999, 9.999e-100])
    def test_no_number_is_wider_than_its_column(self, size):
        assert len(notation.cell(size)) == len(notation.cell(-size)) == 8

    def test_numbers_within_text(self):
        written = [
            notation.value(v) for v in (0.48214, -1.0, 0.002, 1 - 0.9, 1.5e-7, 0, np.inf, np.float32(0.1).item())
        ]
        assert written == ["0.4821", "−1", "0.002", "0.1", "1.5×10⁻⁷", "0", "∞", "0.1000"]

    def test_powers_and_roots_are_of_the_whole_number(self):
        assert [notation.whole(v) for v in (0.25, -0.25, 1.23456e-5, 1e-8)] == [
            "0.25", "(−0.25)", "(1.235×10⁻⁵)", "(10⁻⁸)",
        ]  # fmt: skip

    def test_a_product_spelled_out_adds_up_even_where_it_is_cut(self):
        pairs = [(0.5, 1.0), (-0.25, -1.0), (0.125, 2.0), (1.0, 1.0), (2.0, 0.5)]
        assert notation.product_sum(pairs[:2], 0.85, most=9, plus=0.1) == "0.5·1 + (−0.25)·(−1) + 0.1 = 0.85"
        assert notation.product_sum(pairs, 3.0, most=2) == "0.5·1 + (−0.25)·(−1) + [3 more: 2.25] = 3"
        sparse = [(0.0, 0.3), (0.5, 0.5), (0.0, 1.0), (0.2, 0.0)]
        assert notation.product_sum(sparse, 0.25, most=9) == "0.5·0.5 + [3 that are 0] = 0.25"
        assert notation.product_sum(pairs, 5.0, most=9, more=10).endswith("+ [10 more: 2] = 5")


class TestSpelling:
    def test_equations_are_written_in_ascii(self):
        written = {
            "η g / (√w + ε)": "eta g / (sqrt(w) + eps)",
            "√(var z + 10⁻⁵)": "sqrt(var z + 10^-5)",
            "z⁽ˡ⁾ = W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾": "z[l] = W[l] a[l-1] + b[l]",
            "∇W₂,₁ = Σᵢ δ₂⁽ⁱ⁾·a₁⁽ⁱ⁾": "dW_2,_1 = sum_i delta_2[i]*a_1[i]",
            "log 10⁻⁸ = −18.42": "log 10^-8 = -18.42",
            "ŷ         0.25": "y^        0.25",
        }
        assert {message: in_ascii(message) for message in written} == written

    async def test_lessons_need_no_more_than_the_terminal_has(self, monkeypatch):
        monkeypatch.setattr(terminal_traits, "_decided", None)  # what is decided here is forgotten afterwards
        monkeypatch.setenv("JOML_ASCII", "1")
        async with opened(LINEAR, SMALL) as pilot:
            await trained(pilot)
            for key, kind in (("U", OneStep), ("C", AccountingLesson), ("V", CollapseLesson)):
                await taught(pilot, key, kind)
                for step in "12345" if key == "U" else "":
                    await pilot.press(step)
                    await pilot.pause()
                    lines = [pilot.app.screen.query_one(NumberTable).render_line(y).text for y in range(5)]
                    assert "".join(lines).isascii()
                    assert shown(pilot).isascii()
                text = shown(pilot, "#told" if key == "C" else "#explained")
                assert text and text.isascii(), key
                await pilot.press("escape")


class TestPages:
    """What the pages say, without a screen."""

    @pytest.mark.parametrize(
        "experiment",
        [SPIN_GLASS, OPTIONS, VALUES, replace(OPTIONS, class_weights="balanced", optimizer=AdamWSpec(), layers=())],
        ids=["article", "options", "values", "weights"],
    )
    def test_every_page_can_be_shown(self, experiment):
        taken = answer(NextStep(), subject_of(experiment, 3))
        for step in range(len(STEPS)):
            for layer in range(len(taken.layers)):
                page = explained(taken, Place(step, layer, 2, 1, 1).within(taken), 200)
                assert page.lines
                rows = len(page.table.rows)
                assert all(len(values) == rows for _, values in page.table.beside)
                assert page.table.matrix is None or len(page.table.matrix) == rows

    def test_the_scalar_product_can_be_checked_by_hand(self):
        taken = answer(NextStep(), subject_of(SPIN_GLASS, 3))
        lines = explained(taken, Place(0, 1, 4, 7, 0), 10_000).lines
        (message,) = [message for role, message in lines if role == "hand" and message.startswith("z₈ = w₈·a + b₈ = ")]
        terms, _, total = message.removeprefix("z₈ = w₈·a + b₈ = ").rpartition(" = ")
        products = [term.split("·") for term in terms.split(" + ") if not term.startswith("[")]
        assert len(products) == np.count_nonzero(taken.layers[0].a[:, 4]) + 1  # and the bias
        by_hand = sum(np.prod([number_of(factor) for factor in term]) for term in products)
        assert by_hand == pytest.approx(number_of(total), abs=0.003)
        assert number_of(total) == pytest.approx(float(taken.layers[1].z[7, 4]), abs=1e-4)

    def test_options_are_in_the_equations(self):
        taken = answer(NextStep(), subject_of(OPTIONS))
        text = ["\n".join(line for _, line in explained(taken, Place(0, layer), 200).lines) for layer in range(5)]
        assert "a⁽ˡ⁾ = m ⊙ σ(z⁽ˡ⁾)" in text[0]
        assert "n⁽ˡ⁾ = γ ⊙ (z⁽ˡ⁾ − mean z⁽ˡ⁾) / √(var z⁽ˡ⁾ + 10⁻⁵) + β" in text[1]
        assert "a⁽ˡ⁻²⁾ + m ⊙ σ(z⁽ˡ⁾)" in text[2]
        assert "a⁽ˡ⁻¹⁾ + σ(n⁽ˡ⁾)" in text[3]
        assert "ŷ = a⁽ᴸ⁾ = σ(z⁽ˡ⁾)     σ = softmax" in text[4]
        back = "\n".join(line for _, line in explained(taken, Place(2, 2), 200).lines)
        assert "(W⁽ˡ⁺¹⁾ᵀ δ⁽ˡ⁺¹⁾ + r) ⊙ m ⊙ σ′(z⁽ˡ⁾)" in back
        update = "\n".join(line for _, line in explained(taken, Place(4, 2), 200).lines)
        assert "v ← μ v + g" in update
        assert "g = c ∇ + l2 θ" in update

    def test_the_accounting_works_through_a_sample(self):
        now = answer(Accounting(), subject_of(SPIN_GLASS, 410))
        text = "\n".join(line for _, line in accounting_lines(now))
        assert "Last mini-batch of training, 19 samples" in text
        assert "2 of 4 entries are equal, so it counts 0.5" in text
        true = int(now.y[:, 0].argmax())
        assert f"−log {notation.value(float(now.y_hat[true, 0]))}" in text
        assert "18.42·(1 − " in text
        assert "No mini-batch" in "\n".join(
            line for _, line in accounting_lines(answer(Accounting(), subject_of(SHORT)))
        )

    def test_the_collapse_of_a_networks_end_has_its_layers_numbers(self):
        collapsed = answer(Collapsing(), subject_of(LINEAR))
        page = collapse_page(replace(collapsed, layers_before=3, input_layer="p2"), 0, 200)
        text = " ".join(line for _, line in page.lines)
        assert "These are layers 4 to 6 of the network" in text
        assert "W = W⁽⁶⁾ W⁽⁵⁾ W⁽⁴⁾" in text

    def test_the_collapse_tells_its_formula(self):
        page = collapse_page(answer(Collapsing(), subject_of(LINEAR)), 0, 200)
        text = "\n".join(line for _, line in page.lines)
        assert "W = W⁽³⁾ W⁽²⁾ W⁽¹⁾" in text
        assert "b = b⁽³⁾ + W⁽³⁾ b⁽²⁾ + W⁽³⁾ W⁽²⁾ b⁽¹⁾" in text
        assert "2×2 = (2×4)(4×5)(5×2)" in text
        assert "1,000 random inputs" in text


async def test_a_network_with_layers_of_other_kinds_is_explained_layer_by_layer():
    network = replace(SPIN_GLASS, layers=(LayerSpec(4), LAYER_SPECS["batch-normalisation"]()))
    async with opened(network, WIDE) as pilot:
        await taught(pilot, "U", OneStep)
        assert where(pilot) == "layer 1 of 3: 4 relu   sample 1 of 32   unit 1 of 4"
        await pilot.press("down", "tab", "u")
        assert where(pilot) == "layer 2 of 3: 4 bn   sample 2 of 32   unit 2 of 4"
        assert "Mean and variance are those of unit 2 over the mini-batch" in shown(pilot)
        await pilot.press("right")
        assert where(pilot) == "layer 3 of 3: output 4 softmax   sample 2 of 32   unit 2 of 4"
        assert "the mean over the 32 samples" in shown(pilot)
        await pilot.press("right", "up", "up")
        assert where(pilot) == "layer 1 of 3: 4 relu   sample 2 of 32   unit 2 of 4"
        assert "mean δ = ∇β / 32 = " in shown(pilot)
        await pilot.press("down", "right")
        assert where(pilot) == "layer 2 of 3: 4 bn   unit 2 of 4"
        assert "∇γₖ = Σ δₖ h" in shown(pilot)
        await pilot.press("up", "i", "1")
        assert "every unit sums all inputs" in shown(pilot)
        steps = [str(tab.content) for tab in pilot.app.screen.query(StepTab) if tab.display]
        assert steps == ["1 Forward", "2 Cost", "3 Back", "4 Gradients"]


@pytest.mark.quick
async def test_the_composed_network_is_explained_without_a_run():
    async with opened(SPIN_GLASS, WIDE) as pilot:
        await taught(pilot, "U", OneStep)
        assert "z⁽ˡ⁾ = W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾" in shown(pilot)
        assert where(pilot) == "layer 1 of 3: 20 relu   sample 1 of 32   unit 1 of 20   input 1 of 14"
        await pilot.press("down", "tab", "u", "i")
        assert where(pilot) == "layer 2 of 3: 10 relu   sample 2 of 32   unit 2 of 10   input 2 of 20"
        await pilot.press("up", "shift+tab", "shift+tab", "U", "I", "I")
        assert where(pilot) == "layer 1 of 3: 20 relu   sample 32 of 32   unit 1 of 20   input 1 of 14"
        for title in ("Cost", "Back", "Gradients", "Update"):
            await pilot.press("right")
            assert title[:4] in shown(pilot)
        await pilot.press("left", "3", "down", "down", "down")
        assert "δ⁽ᴸ⁾ = ŷ − y" in shown(pilot)
        await pilot.press("escape")
        assert pilot.app.screen is lab_of(pilot)
        assert not lab_of(pilot).session.runs


async def test_steps_and_cells_by_mouse():
    async with opened(SPIN_GLASS, SMALL) as pilot:
        await taught(pilot, "U", OneStep)
        table = pilot.app.screen.query_one(NumberTable)
        left = table.content_region.x - table.region.x
        await pilot.click(NumberTable, offset=(left + 6 + 9 + 4, table.content_region.y - table.region.y + 5))
        assert where(pilot).endswith("unit 3 of 20   input 2 of 14")
        await pilot.click(".step")
        steps = list(pilot.app.screen.query(".step"))
        await pilot.click(steps[4])
        assert "update 1" in shown(pilot)
        assert pilot.app.screen.place.step == 4


async def test_a_run_is_explained_as_it_stands_and_the_composed_network_is_a_key_away():
    async with opened(SHORT) as pilot:
        await trained(pilot)
        await taught(pilot, "U", OneStep)
        title = pilot.app.screen.query_one("#lesson-title", StaticText)
        assert "2-4-2 #1" in str(title.content)
        assert "iteration 31" in str(title.content)
        await taught(pilot, "c", OneStep)
        assert "composed network" in str(title.content)
        assert "iteration 1," in str(title.content)
        await taught(pilot, "c", OneStep)
        assert "2-4-2 #1" in str(title.content)


async def test_a_paused_run_is_asked_again():
    async with opened(ENDLESS) as pilot:
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration == 1)
        await taught(pilot, "U", OneStep)
        title = pilot.app.screen.query_one("#lesson-title", StaticText)
        assert "iteration 2," in str(title.content)
        last_run(pilot).run.step()
        await until(pilot, lambda: last_run(pilot).run.iteration == 2)
        await taught(pilot, "a", OneStep)
        assert "iteration 3," in str(title.content)


async def test_a_diverged_run_shows_its_numbers():
    diverging = Experiment(dataset=SpinGlass(), layers=(LayerSpec(20),), optimizer=GradientDescentSpec(1e30), epochs=3)
    async with opened(diverging) as pilot:
        await trained(pilot)
        await taught(pilot, "U", OneStep)
        await pilot.press("right", "right", "right", "right", "down", "u")
        assert re.search("nan|∞", shown(pilot))
        await pilot.press("escape")
        await taught(pilot, "C", AccountingLesson)
        await pilot.press("escape")
        await taught(pilot, "V", CollapseLesson)


async def test_both_accountings_of_a_run():
    async with opened(SPIN_GLASS, SMALL) as pilot:
        await trained(pilot)
        await taught(pilot, "C", AccountingLesson)
        run = last_run(pilot).run
        assert f"{100 * run.test_accuracy:.2f} %" in shown(pilot, "#told")
        assert f"{50 + 50 * run.test_accuracy:.2f} %" in shown(pilot, "#told")
        await pilot.press("pagedown", "down", "up", "pageup", "escape")
        assert pilot.app.screen is lab_of(pilot)


async def test_values_have_no_such_accounting():
    async with opened(VALUES) as pilot:
        await trained(pilot)
        await taught(pilot, "C", AccountingLesson)
        assert "choose softmax" in shown(pilot, "#lesson-said")


async def test_linear_layers_collapse():
    async with opened(LINEAR, SMALL) as pilot:
        await taught(pilot, "V", CollapseLesson)
        assert "W = W⁽³⁾ W⁽²⁾ W⁽¹⁾" in shown(pilot)
        await pilot.press("down", "right", "down")
        assert "By hand, output 2" in shown(pilot)
        await pilot.press("escape")
        await trained(pilot)
        await taught(pilot, "V", CollapseLesson)
        assert "iteration 30" in str(pilot.app.screen.query_one("#lesson-title", StaticText).content)


async def test_without_a_run_or_linear_layers_the_way_out_is_named():
    async with opened(SHORT) as pilot:
        await pilot.press("C")
        assert "No run to measure yet" in toasts(pilot)
        await taught(pilot, "V", CollapseLesson)
        text = shown(pilot, "#lesson-said")
        assert "is not linear, its activation function is Tanh()" in text
        assert "y for the list of layers" in text


async def test_a_network_that_cannot_be_built_is_said_and_hostile_names_are_harmless():
    async with opened(replace(SHORT, name="[/] \x1b[2J [bold")) as pilot:
        await taught(pilot, "V", CollapseLesson)
        assert "\x1b" not in shown(pilot, "#lesson-said")
        await pilot.press("escape")
        await typed(pilot, "architecture", "2-x-2")
        lab_of(pilot).set_focus(None)
        await pilot.press("U")
        await until(pilot, lambda: "is not valid yet" in toasts(pilot))
        assert pilot.app.screen is lab_of(pilot)


async def test_replicas_are_reported_with_the_way_out():
    async with opened(replace(SHORT, replicas=3), SMALL) as pilot:
        await trained(pilot)
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, OneStep) and not pilot.app.screen.waiting)
        await pilot.pause()
        assert "write 1 at Replicas" in shown(pilot, "#lesson-said")


async def test_an_answer_that_comes_too_late_is_left_alone():
    heard = []
    async with opened(SHORT) as pilot:
        lesson = OneStep([Source("slow [/]", lambda question, hear: heard.append(hear))])
        await pilot.app.push_screen(lesson)
        await pilot.press("right", "down", "tab", "u", "i", "pagedown")
        assert "Asking slow [/]" in shown(pilot, "#lesson-said")
        await pilot.press("a")
        heard[0]("too late")
        await pilot.pause()
        assert lesson.waiting
        await pilot.press("escape")
        heard[1](answer(NextStep(), subject_of(SHORT)))
        await pilot.pause()
        assert pilot.app.screen is lab_of(pilot)


@pytest.fixture
def picture(snap_compare):
    """Compare a picture of a lesson, after these keys, with the one kept."""

    def compare(lesson: Lesson, size, *keys, theme="joml-dark"):
        app = LabApp(SPIN_GLASS)

        async def before(pilot):
            pilot.app.theme = theme
            await settled(pilot)
            await pilot.app.push_screen(lesson)
            await until(pilot, lambda: not lesson.waiting)
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


class TestPictures:
    @pytest.mark.parametrize(
        ("step", "size"),
        [
            *(pytest.param(step, SMALL, id=f"{step}-size0") for step in (1, 4)),
            pytest.param(2, WIDE, id="2-size1"),
        ],
    )
    def test_the_other_steps(self, picture, size, step):
        taken = answer(NextStep(), subject_of(SPIN_GLASS))
        assert picture(OneStep([told_at_once(taken)]), size, "down", "u", str(step + 1))

    def test_light(self, picture):
        taken = answer(NextStep(), subject_of(SPIN_GLASS))
        assert picture(OneStep([told_at_once(taken)]), SMALL, theme="joml-light")
