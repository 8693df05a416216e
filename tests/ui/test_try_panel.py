"""An input is set by keys and by mouse, and the prediction follows."""

import numpy as np
import pytest
from answered_panel import answered
from laboratory import SHORT, SMALL, lab_of, opened, trained, until
from msgspec import structs

from joml_tui.experiment import CsvFile, Experiment, LayerSpec, Xor
from joml_tui.experiment.presets import find_experiment
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.shading import Shading
from joml_tui.ui.inside.try_panel import TryPanel, places_for

XOR = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(5, "tanh"),), batch_size=16)


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    lines = [f"{20 + n % 50},{('female', 'male')[n % 2]},{('a', 'b')[n % 5 > 2]}" for n in range(60)]
    path.write_text("age,sex,kind\n" + "\n".join(lines) + "\n")
    dataset = CsvFile(path=str(path), label="kind", standardize=True)
    return answered(TryPanel, Experiment(dataset=dataset, layers=(LayerSpec(4),), batch_size=16))


@pytest.fixture
def digits():
    pytest.importorskip("sklearn")
    return answered(TryPanel, find_experiment("digits"))


def test_values_are_those_of_the_file_and_keys_change_them(people):
    now = people._now
    lines = people.lines()
    assert f"sample 1 of 12 · row {now.row}" in lines[0]
    assert lines[1].startswith("iteration 0 · The sample itself. True: ")
    assert lines[2].split()[:2] == ["▸age", str(20 + (now.row - 1) % 50)]
    assert lines[3].split()[:2] == ["sex", ("female", "male")[(now.row - 1) % 2]]
    people.do("down")
    people.do("right")
    assert people.lines()[3].split()[:2] == ["▸sex", ("male", "female")[(now.row - 1) % 2]]
    assert "1 of 2 values changed" in people.lines()[1]
    assert not np.array_equal(people._now.y_hat, now.y_hat)
    people.do("large")
    assert "The sample itself" in people.lines()[1]
    np.testing.assert_array_equal(people._now.y_hat, now.y_hat)


def test_a_click_on_a_slider_sets_its_value(people):
    people.touch(0, 43, 80, 20)
    age = people._now.columns[0]
    assert people.lines()[2].split()[1] == f"{age.high:.0f}"
    people.touch(0, 27, 80, 20)
    assert people.lines()[2].split()[1] == f"{age.low:.0f}"
    people.touch(1, 3, 80, 20)
    assert people.lines()[3].startswith("▸sex")
    people.touch(15, 3, 80, 20)
    people.touch(0, 79, 80, 20)
    assert people.lines()[3].startswith("▸sex")


def test_probabilities_are_bars_with_the_names_of_the_classes(people):
    lines = people.lines()
    for line, share in zip(lines[2:4], people._now.y_hat, strict=True):
        assert f"{share:.3f}" in line
    predicted = int(people._now.y_hat.argmax())
    assert f"▸{people._now.outputs[predicted]}" in lines[2 + predicted]
    assert any(line.startswith("layer 1 · 4 units · from ") for line in lines)
    people.room = 8
    assert any("layer 1 ████" in line for line in people.lines())


def test_another_sample_or_part_begins_anew(people):
    people.do("right")
    people.do("before")
    assert "sample 12 of 12" in people.lines()[0]
    assert "The sample itself" in people.lines()[1]
    people.do("choice")
    assert "sample 1 of 48" in people.lines()[0]


def test_values_are_numbers():
    panel = answered(TryPanel, XOR)
    panel._now = structs.replace(panel._now, task="regression", outputs=("price", "size"))
    panel._now.y[:], panel._now.y_hat[:] = (1.5, 2), (12.25, -3)
    lines = panel.lines()
    assert "True: 1.5, 2" in lines[1]
    assert "price" in lines[2]
    assert "12.2" in lines[2]


class TestDrawing:
    def test_keys_move_the_pen_and_draw(self, digits):
        digits.do("large")
        assert not (digits._x - digits._now.low).any()
        digits.do("down")
        digits.do("right")
        digits.do("choice")
        assert digits._x.reshape(8, 8)[1, 1] == digits._now.high
        np.testing.assert_array_equal(digits._now.x, digits._x)
        digits.do("choice")
        assert digits._x.reshape(8, 8)[1, 1] == digits._now.low
        assert "Your drawing" in digits.lines()[1]
        digits.do("large")
        assert "The sample itself" in digits.lines()[1]

    def test_the_mouse_draws_and_erases(self, digits):
        digits.do("large")
        digits.touch(3, 5, 80, 20)
        assert digits._x.reshape(8, 8)[3, 2] == digits._now.high
        digits._erases = True
        digits.touch(3, 4, 80, 20)
        assert digits._x.reshape(8, 8)[3, 2] == digits._now.low

    def test_characters_stand_for_shades(self, digits):
        digits._shading = Shading.ASCII
        text = "".join(digits.lines()[2:10])
        assert "◆" in text
        assert set("·█") <= set(text)

    def test_of_more_classes_than_rows_the_likeliest_are_written(self, digits):
        digits.room = 6
        predicted = int(digits._now.y_hat.argmax())
        assert any(f"▸{predicted}" in line for line in digits.lines())


@pytest.mark.slow
async def test_the_mouse_moves_a_slider_of_a_run_in_the_lab():
    async with opened(SHORT, SMALL) as pilot:
        await trained(pilot)
        await pilot.press("4")
        area = lab_of(pilot).query_one(InsideArea)
        place = next(place for place, panel in enumerate(area.panels) if isinstance(panel, TryPanel))
        area.choose(place)
        panel = area.panel
        await until(pilot, lambda: panel._now is not None and panel.display)
        first = panel._now.columns[0]
        await pilot.click(panel, offset=(places_for(panel.size.width - 1, panel.size.height, 0).columns - 1, 2))
        await until(pilot, lambda: panel._now.x[first.first] == first.high)
        await pilot.press("enter")
        await until(pilot, lambda: np.array_equal(panel._now.x, panel._now.sample_x))
