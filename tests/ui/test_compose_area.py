import threading

import pytest
from laboratory import SHORT, SMALL, compose_of, lab_of, opened, opens, settled, texts, toasts, typed, until
from msgspec import structs
from textual.widgets import Input, Select

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Moons, OutputSpec, SpinGlass, Xor, presets
from joml_tui.ui.compose import compose_area
from joml_tui.ui.compose.first_look import FirstLook
from joml_tui.ui.compose.layer_list import LayerList
from joml_tui.ui.dialogs.search_dialog import SearchDialog
from joml_tui.ui.widgets.form_field import ChoiceField, Field
from joml_tui.ui.widgets.plot import Plot


def entry(pilot, name):
    return lab_of(pilot).query_one(f"#{name}", Input)


def field(pilot, name):
    return lab_of(pilot).query_one(f"#field-{name}", Field)


def layers(pilot):
    return lab_of(pilot).query_one(LayerList)


def line(pilot, index):
    return "".join(segment.text for segment in layers(pilot).render_line(index))


def choose(pilot, name, wanted):
    chosen = lab_of(pilot).query_one(f"#field-{name}", ChoiceField)
    chosen.select.value = [choice.name for choice in chosen.choices].index(wanted)


def note(pilot, name):
    return pilot.app.screen.query_one(f"#field-{name}", Field).text_beneath


@pytest.mark.quick
async def test_the_articles_network_stands_ready_and_no_entry_has_the_keys():
    async with opened() as pilot:
        assert entry(pilot, "architecture").value == "14-100-40-4"
        assert note(pilot, "architecture") == "5,704 parameters"
        assert "16,384 samples" in note(pilot, "dataset")
        assert (await compose_of(pilot).checked()).problems == []
        assert lab_of(pilot).focused is None


async def test_text_to_layers_and_layers_to_text():
    async with opened() as pilot:
        await typed(pilot, "architecture", "14-28x6-4")
        assert [layer.size for layer in layers(pilot).rows] == ["28"] * 6
        assert note(pilot, "architecture") == "4,596 parameters"
        layers(pilot).focus()
        await pilot.press("7", "down", "delete", "5", "0")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-7-50-28x3-4"
        await pilot.press("plus", "shift+up", "d", "shift+down", "right")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-7-50x3-28x3-4"
        assert [layer.activation for layer in layers(pilot).rows].index("leaky-relu") == 3
        assert " 50 " in line(pilot, 2)


async def test_the_layers_by_mouse():
    async with opened() as pilot:
        await pilot.click("#layers", offset=(10, 2))
        assert layers(pilot).cursor == 1
        await pilot.click("#layer-copy")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-100-40x2-4"
        await pilot.click("#layers", offset=(10, 1))
        await pilot.click("#layers", offset=(25, 1))
        await settled(pilot)
        assert layers(pilot).rows[0].activation == "leaky-relu"
        await pilot.click("#layer-delete")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-40x2-4"


async def test_a_network_without_hidden_layers_can_be_made_and_grown():
    async with opened() as pilot:
        layers(pilot).focus()
        await pilot.press("delete", "delete", "delete")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-4"
        assert (await compose_of(pilot).checked()).problems == []
        await pilot.press("plus")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-28-4"


async def test_nearly_a_thousand_layers_are_shown_at_once():
    async with opened() as pilot:
        await typed(pilot, "architecture", "14-28x999-4")
        assert len(layers(pilot).rows) == 999
        layers(pilot).focus()
        await pilot.press("end")
        await pilot.pause()
        assert layers(pilot).cursor == 998
        assert " 999 " in "".join(line(pilot, y) for y in range(layers(pilot).size.height))


IMPOSSIBLE = [
    ("architecture", "14-abc-4", "abc"),
    ("architecture", "13-100-4", "14 features"),
    ("architecture", "14-100-5", "4 classes"),
    ("learning-rate", "-1", "above 0"),
    ("batch-size", "20000", "13,107"),
    ("epochs", "0", "1,000,000"),
    ("seed", "x", "whole number"),
]


async def test_an_impossible_entry_is_marked_in_its_place_and_explained_by_the_run_key():
    async with opened() as pilot:
        for name, text, word in IMPOSSIBLE:
            before = entry(pilot, name).value
            entry(pilot, name).value = text
            await settled(pilot)
            assert entry(pilot, name).parent.has_class("invalid")
            assert word in note(pilot, name)
            assert sum(other.has_class("invalid") for other in lab_of(pilot).query(Field)) == 1
            pilot.app.clear_notifications()
            await pilot.press("enter", "r")
            await settled(pilot)
            await until(pilot, lambda wanted=name: lab_of(pilot).focused is entry(pilot, wanted))
            assert "Cannot start" in toasts(pilot)
            assert word in toasts(pilot)
            assert lab_of(pilot).session.runs == []
            entry(pilot, name).value = before
            await settled(pilot)
            assert not entry(pilot, name).parent.has_class("invalid")


async def test_a_layer_without_a_size_is_marked_in_its_line_and_found_from_another_tab():
    async with opened(size=SMALL) as pilot:
        layers(pilot).focus()
        await pilot.press("down", "0")
        await settled(pilot)
        assert "✗" in line(pilot, 2)
        assert "Layer 2" in texts(pilot, "#layer-problem")[0]
        assert entry(pilot, "architecture").value == "14-100-?-4"
        await pilot.press("f2", "f5")
        await settled(pilot)
        await until(pilot, lambda: lab_of(pilot).focused is layers(pilot))
        assert layers(pilot).cursor == 1
        assert layers(pilot).region.area > 0
        await pilot.press("4", "0")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-100-40-4"
        assert (await compose_of(pilot).checked()).problems == []


@pytest.mark.quick
async def test_another_data_set_takes_the_networks_ends_along():
    async with opened() as pilot:
        choose(pilot, "dataset", "xor")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "2-100-40-2"
        assert (await compose_of(pilot).checked()).experiment.dataset == Xor()


async def test_nothing_of_the_data_set_before_is_shown_of_another_one(monkeypatch):
    may_prepare, may_draw = threading.Event(), threading.Event()

    def held(event, function):
        def call(*args):
            assert event.wait(60)
            return function(*args)

        return call

    async with opened(SHORT) as pilot:
        picture = lab_of(pilot).charts_area.query_one(FirstLook).query_one(Plot)
        assert any(picture._lines.rows)
        monkeypatch.setattr(compose_area, "shape_of", held(may_prepare, compose_area.shape_of))
        monkeypatch.setattr(compose_area, "read_preview", held(may_draw, compose_area.read_preview))
        choose(pilot, "dataset", "moons")
        await until(pilot, lambda: "being prepared" in note(pilot, "dataset"))
        may_prepare.set()
        await until(pilot, lambda: "samples" in note(pilot, "dataset"))
        await until(pilot, lambda: not any(picture._lines.rows))
        may_draw.set()
        await until(pilot, lambda: any(picture._lines.rows))


async def test_an_optimizer_preset_and_a_rate_of_ones_own():
    async with opened() as pilot:
        choose(pilot, "optimizer", "adam")
        await settled(pilot)
        assert entry(pilot, "learning-rate").value == "0.001"
        await typed(pilot, "learning-rate", "3e-3")
        assert (await compose_of(pilot).checked()).experiment.optimizer == AdamSpec(3e-3)


async def test_a_layer_s_options_are_shown_and_changed_on_its_line():
    async with opened(size=SMALL) as pilot:
        await typed(pilot, "architecture", "14-40x2-4")
        assert texts(pilot, "#layer-options") == [""]
        layers(pilot).focus()
        await pilot.press("down", "D", "D", "N", "R")
        await settled(pilot)
        assert texts(pilot, "#layer-options") == ["D drop 0.2  N norm ✓  R skip 1"]
        assert "DNR" in line(pilot, 2)
        experiment = (await compose_of(pilot).checked()).experiment
        assert experiment.layers == (LayerSpec(40), LayerSpec(40, dropout=0.2, normalised=True, residual=1))
        await pilot.press("N", "up")
        await settled(pilot)
        assert "DR" in line(pilot, 2)
        assert texts(pilot, "#layer-options") == ["D drop 0  N norm –  R skip 0"]
        await pilot.press("R")
        await settled(pilot)
        assert "joins equal sizes" in texts(pilot, "#layer-problem")[0]
        assert "✗" in line(pilot, 1)


async def test_all_activations_stand_whole_on_a_layer_s_line():
    async with opened(size=SMALL) as pilot:
        layers(pilot).focus()
        for name in ("leaky-relu", "elu", "gelu", "silu", "sigmoid", "tanh", "identity", "relu"):
            await pilot.press("right")
            await settled(pilot)
            assert f"‹ {name:<10} ›" in line(pilot, 1)
            assert (await compose_of(pilot).checked()).problems == []


async def test_schedule_output_and_cost_are_chosen_and_what_is_wrong_stands_beneath():
    async with opened() as pilot:
        for name, value in (("schedule", "cosine"), ("output", "sigmoid"), ("cost", "huber")):
            choose(pilot, name, value)
            await settled(pilot)
        await typed(pilot, "warm-up", "2")
        experiment = (await compose_of(pilot).checked()).experiment
        assert (experiment.optimizer.schedule, experiment.optimizer.warm_up) == ("cosine", 2)
        assert (experiment.output.activation, experiment.output.cost) == ("sigmoid", "huber")
        assert "sigmoid" in line(pilot, 3)
        choose(pilot, "cost", "cross-entropy")
        choose(pilot, "output", "tanh")
        choose(pilot, "schedule", "one-cycle")
        await settled(pilot)
        assert "softmax or sigmoid" in note(pilot, "output")
        assert "has its own warm-up" in note(pilot, "warm-up")


async def test_a_regression_takes_an_output_of_values_along_and_back():
    async with opened() as pilot:
        choose(pilot, "dataset", "multi-gaussian")
        await settled(pilot)
        assert "1 value" in note(pilot, "dataset")
        reading = await compose_of(pilot).checked()
        assert reading.problems == []
        assert reading.experiment.output == OutputSpec(1, "identity", "mean-squared-error")
        assert lab_of(pilot).query_one("#output", Select).selection is not None
        choose(pilot, "dataset", "moons")
        await settled(pilot)
        assert (await compose_of(pilot).checked()).experiment.output == OutputSpec(2)


async def test_a_batch_of_all_samples():
    async with opened() as pilot:
        await typed(pilot, "batch-size", "all")
        assert (await compose_of(pilot).checked()).experiment.batch_size == "all"


async def test_a_preset_replaces_all_entries_and_can_be_chosen_again_after_a_change():
    async with opened() as pilot:
        select = lab_of(pilot).query_one("#experiment", Select)
        choose(pilot, "experiment", "article-14-28x6-4")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-28x6-4"
        assert (await compose_of(pilot).checked()).experiment.name == "14-28x6-4 net"
        await typed(pilot, "architecture", "14-5-4")
        assert select.value is Select.NULL
        assert (await compose_of(pilot).checked()).experiment.name == ""
        choose(pilot, "experiment", "article-14-28x6-4")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "14-28x6-4"


async def test_a_preset_chosen_by_keys():
    async with opened() as pilot:
        await pilot.press("o", "down", "enter")
        await settled(pilot)
        assert entry(pilot, "architecture").value != "14-100-40-4"


async def test_a_csv_file_of_ones_own(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'yes' if i % 2 else 'no'}\n" for i in range(40)))
    async with opened() as pilot:
        choose(pilot, "dataset", "CSV file")
        await settled(pilot)
        assert field(pilot, "csv-path").region.area > 0
        assert note(pilot, "csv-path") == ""  # nothing was typed yet, so nothing is wrong
        await pilot.press("r")
        await until(pilot, lambda: "path of a CSV file" in toasts(pilot))
        assert lab_of(pilot).focused is field(pilot, "csv-path").editor
        assert "samples" not in note(pilot, "dataset")  # of the data set before
        entry(pilot, "csv-path").value = str(path)
        await settled(pilot)
        assert "40 samples" in note(pilot, "dataset")
        assert entry(pilot, "architecture").value == "2-100-40-2"
        await typed(pilot, "csv-label", "species")
        assert "species" in note(pilot, "csv-label")
        await typed(pilot, "csv-label", "kind")
        assert (await compose_of(pilot).checked()).problems == []
        entry(pilot, "csv-path").value = str(tmp_path / "none.csv")
        await settled(pilot)
        assert "none.csv" in note(pilot, "csv-path").replace("\n", "")
        assert entry(pilot, "csv-path").value == str(tmp_path / "none.csv")
        shops = tmp_path / "shops.csv"
        shops.write_text("zip,kind\n" + "".join(f"0{1170 + i % 5},{'ab'[i % 2]}\n" for i in range(40)))
        entry(pilot, "csv-path").value = str(shops)
        await until(pilot, lambda: "'zip' such as 01170" in toasts(pilot))
        await settled(pilot)
        assert compose_of(pilot).draft.dataset_spec().columns == {"zip": "category"}


async def test_the_task_follows_the_number_of_typed_label_columns(tmp_path):
    path = tmp_path / "several.csv"
    rows = "".join(f"{i % 7},{'yes' if i % 2 else 'no'},{i % 3 // 2},{i * 1.5},{i * i}\n" for i in range(40))
    path.write_text('x,wet,"cold, dark",price,rent\n' + rows)
    async with opened() as pilot:
        choose(pilot, "dataset", "CSV file")
        entry(pilot, "csv-path").value = str(path)
        await settled(pilot)
        for label, task, output, architecture in (
            ("wet", "classes", "softmax", "4-100-40-2"),
            ('wet, "cold, dark"', "multilabel", "sigmoid", "3-100-40-2"),
            ("wet", "classes", "softmax", "4-100-40-2"),
            ("price, -1", "regression", "identity", "3-100-40-2"),
        ):
            await typed(pilot, "csv-label", label)
            await settled(pilot)
            draft = compose_of(pilot).draft
            assert (draft.dataset_spec().task, draft.output_activation) == (task, output)
            assert (entry(pilot, "csv-label").value, entry(pilot, "architecture").value) == (label, architecture)
            assert label == "wet" or f"The task is now {task}, as several label columns are named" in toasts(pilot)
        assert draft.dataset_spec().standardize_y
        assert (await compose_of(pilot).checked()).problems == []
        await typed(pilot, "csv-label", "wet, price")
        await settled(pilot)
        assert "column 4 ('price') holds numbers such as" in note(pilot, "csv-label").replace("\n", " ")


async def test_an_experiment_keeps_what_the_area_has_no_entry_for():
    adam, hidden = AdamSpec(beta1=0.5), (LayerSpec(3, "tanh"),)
    experiment = Experiment(dataset=SpinGlass(0.5), layers=hidden, optimizer=adam, test_every=9)
    async with opened(experiment) as pilot:
        checked = (await compose_of(pilot).checked()).experiment
        assert (checked.dataset, checked.layers, checked.optimizer) == (SpinGlass(0.5), hidden, adam)
        assert checked.test_every == 9


async def test_letters_are_text_in_an_entry_and_commands_outside():
    async with opened(SHORT) as pilot:
        await typed(pilot, "architecture", "r")
        assert entry(pilot, "architecture").value == "r"
        assert lab_of(pilot).session.runs == []
        await pilot.press("escape")
        assert lab_of(pilot).focused is None


@pytest.mark.parametrize("asked", ["dataset_problems", "shape_of", "describe_dataset_shape", "problems"])
async def test_a_data_set_whose_reader_raises_anything_is_reported_where_it_is_chosen(monkeypatch, asked):
    def damaged(*_):
        raise TypeError("damaged")

    async with opened(SHORT) as pilot:
        assert "200 samples" in note(pilot, "dataset")
        monkeypatch.setattr(compose_area, asked, damaged)
        compose_of(pilot).load(structs.replace(SHORT, dataset=Moons()))
        await until(pilot, lambda: "annot be read: TypeError: damaged" in note(pilot, "dataset"))
        assert "200 samples" not in note(pilot, "dataset")
        await pilot.press("r")
        await until(pilot, lambda: "annot be read: TypeError: damaged" in toasts(pilot))
        assert not lab_of(pilot).session.runs


async def test_a_preset_of_ones_own_is_read_in_a_thread(tmp_path, monkeypatch):
    folder = tmp_path / "joml-tui" / "presets" / "experiments"
    folder.mkdir(parents=True)
    (folder / "points.csv").write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40)))
    (folder / "points.yaml").write_text("version: 1\ndataset: {name: csv, path: points.csv, label: kind}\n")
    (folder / "wrong.yaml").write_text("version: 1\nepoch: 3\n")
    monkeypatch.setattr(presets, "user_folder", lambda: tmp_path / "joml-tui" / "presets")
    may_read = threading.Event()

    def slow(path):
        assert threading.current_thread() is not threading.main_thread()
        assert may_read.wait(300)
        return presets.find_experiment(path)

    async with opened(SHORT) as pilot:
        monkeypatch.setattr(compose_area, "find_experiment", slow)
        choose(pilot, "experiment", "points")
        await until(pilot, lambda: "Reading points" in note(pilot, "dataset"))
        await pilot.press("r")  # it is for the preset, which is still being read
        may_read.set()
        await until(pilot, lambda: lab_of(pilot).session.runs)
        assert lab_of(pilot).session.runs[-1].run.experiment.dataset.label == "kind"
        choose(pilot, "experiment", "wrong")
        await until(pilot, lambda: "epoch" in note(pilot, "experiment"))


@pytest.mark.parametrize("end", ["escape", "another data set"])
async def test_what_is_being_read_is_left_by_escape_or_another_choice(tmp_path, monkeypatch, end):
    path = tmp_path / "points.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40)))
    never = threading.Event()
    async with opened(SHORT) as pilot:
        monkeypatch.setattr(compose_area, "open_file", lambda path: never.wait(60))
        compose_of(pilot).open_file(str(path), lambda problem: None)
        await until(pilot, lambda: "Esc stops" in note(pilot, "dataset"))
        if end == "escape":
            await pilot.press("r", "escape")
            await until(pilot, lambda: "was stopped" in toasts(pilot))
            assert not lab_of(pilot).session.runs  # the file was to be trained, not what was composed before
            await settled(pilot)
            assert "Not read" in note(pilot, "dataset")  # until something else is done
        choose(pilot, "dataset", "moons")
        await until(pilot, lambda: "samples" in note(pilot, "dataset"))
        never.set()
        await settled(pilot)
        assert compose_of(pilot).draft.csv_path == ""


async def test_layers_are_undone_and_repeated():
    async with opened(SHORT) as pilot:
        before = sizes(pilot)
        await pilot.press("y", "plus", "6", "4", "right")
        assert sizes(pilot) == [*before, "64"]
        await pilot.press("u", "u", "u")
        await pilot.pause()
        assert sizes(pilot) == before
        await pilot.press("u")
        await until(pilot, lambda: "No change of the layers to undo" in toasts(pilot))
        await pilot.press("U", "ctrl+y")
        await pilot.pause()
        assert sizes(pilot) == [*before, "64"]
        assert "64" in lab_of(pilot).query_one("#architecture", Input).value


async def test_a_typed_architecture_is_undone_as_one():
    async with opened(SHORT) as pilot:
        before = sizes(pilot)
        await pilot.press("n", "ctrl+u", *"2-12-13-2")
        await until(pilot, lambda: sizes(pilot) == ["12", "13"])
        await pilot.press("enter", "y", "ctrl+z")
        await pilot.pause()
        assert sizes(pilot) == before


async def test_an_activation_is_picked_by_typing_and_given_to_all_layers():
    async with opened(SHORT) as pilot:
        await opens(pilot, SearchDialog, "y", "plus", "plus", "enter")
        await pilot.press(*"sig", "enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert [layer.activation for layer in layers(pilot).rows] == ["tanh", "tanh", "sigmoid"]
        await pilot.press("equals_sign")
        assert [layer.activation for layer in layers(pilot).rows] == ["sigmoid"] * 3
        assert pilot.app.screen is lab_of(pilot)


def sizes(pilot):
    return [layer.size for layer in layers(pilot).rows]
