"""Data sets of a person's own: what their functions may return, what is said of those that cannot be used."""

import numpy as np
import pytest
from msgspec import structs

from joml.data.generators.planar import moons
from joml_tui.experiment import OwnDatasetSpec, load_data, problems, shape_of, source_of, task_of
from joml_tui.experiment.presets import Preset, load_dataset_spec
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, load_experiment, parse_experiment
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.run_fields import facts_of
from joml_tui.store import DataChangedError, Recorder, Store, restored, resumed
from joml_tui.ui.compose.preset_choices import dataset_choices, describe_dataset
from joml_tui.ui.compose.setting_entries import settings_in

DATA = """
from pathlib import Path

import numpy as np

from joml.data.generators.planar import moons

(Path(__file__).parent / "imported").touch()


def rings(samples: int = 90, width: float = 0.1):
    generator = np.random.default_rng(0)
    angle, ring = 2 * np.pi * generator.random(samples), np.arange(samples) % 3
    radius = 1 + ring + width * generator.normal(size=samples)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x, np.array(["inner", "middle", "outer"])[ring]


def line():
    x = np.arange(50.0)[:, np.newaxis]
    return x[:40], 300 * x[:40, 0] + 7, x[40:], 300 * x[40:, 0] + 7


def whole():
    return moons(200)


def nothing():
    return None


def fails():
    raise OSError("no network")


def ragged():
    return np.zeros((3, 2)), [0, 1]
"""
EXPERIMENT = 'version: 1\ndataset: {own: "data:rings", samples: 60}\nlayers: [{size: 5}]\nepochs: 3\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data.py").write_text(DATA)
    (tmp_path / "rings.yaml").write_text(EXPERIMENT)
    return tmp_path


def own(folder, name, **settings):
    return OwnDatasetSpec(f"{folder / 'data.py'}:{name}", **settings)


class TestReturned:
    def test_x_and_y_are_split_and_scaled_as_a_files_are(self, folder):
        experiment = load_experiment(folder / "rings.yaml")
        assert not (folder / "imported").exists()
        assert task_of(experiment.dataset) == "classes"
        assert parse_experiment(dump_experiment(experiment)) == experiment
        assert not (folder / "imported").exists()
        assert problems(experiment) == []
        assert shape_of(experiment.dataset)[:4] == (2, 3, 60, None)
        data = load_data(experiment)
        assert (data.train_size, data.test_size, data.class_names) == (48, 12, ("inner", "middle", "outer"))
        np.testing.assert_allclose(data.x_train.mean(axis=1), 0, atol=1e-6)
        np.testing.assert_allclose(data.x_train.std(axis=1), 1, rtol=1e-5)
        assert data.preparation.name == "rings"

    def test_a_test_part_of_its_own_stays(self, folder):
        dataset = own(folder, "line", task="regression", standardize=False, standardize_y=True)
        text = "version: 1\ndataset: {name: sine}\noutput: {activation: identity, cost: mean-squared-error}"
        experiment = structs.replace(parse_experiment(text), dataset=dataset)
        assert problems(experiment) == []
        assert shape_of(dataset)[:4] == (1, 1, 50, 10)
        data = load_data(experiment)
        np.testing.assert_array_equal(data.x_test[0], np.arange(40, 50))
        np.testing.assert_allclose(data.preparation.unscale_y(data.y_test.T)[:, 0], 300 * data.x_test[0] + 7)

    def test_a_data_set_of_the_engine_keeps_its_names_and_its_test_part(self, folder):
        dataset = own(folder, "whole", standardize=False)
        data = load_data(structs.replace(load_experiment(folder / "rings.yaml"), dataset=dataset))
        expected = moons(200)
        np.testing.assert_array_equal(data.x_test, expected.x_test)
        np.testing.assert_array_equal(np.sort(data.x_train), np.sort(expected.x_train))
        assert data.class_names == ("upper", "lower")


class TestMistakes:
    @pytest.mark.parametrize(
        ("name", "settings", "message"),
        [
            ("ring", {}, "did you mean rings?"),
            ("rings", {"settings": (("sample", 3),)}, "rings has no setting 'sample'; did you mean samples?"),
            ("rings", {"settings": (("samples", "many"),)}, "rings: samples must be an integer, got 'many'"),
            ("nothing", {}, "nothing: returned NoneType; a data set's function returns x and y"),
            ("fails", {}, "fails failed: OSError: no network"),
            ("ragged", {}, "ragged: x has 3 samples and y 2"),
            ("line", {}, "to predict numbers, write task: regression"),
            ("whole", {"task": "regression"}, "whole: returned a data set of classes: write task: classes"),
        ],
    )
    def test_what_cannot_be_used_is_said(self, folder, name, settings, message):
        experiment = structs.replace(load_experiment(folder / "rings.yaml"), dataset=own(folder, name, **settings))
        (problem,) = problems(experiment)
        assert problem.field == "dataset"
        assert message in problem.message

    def test_what_failed_is_called_again(self, folder):
        experiment = structs.replace(load_experiment(folder / "rings.yaml"), dataset=own(folder, "reads"))
        (folder / "data.py").write_text(
            DATA + "\n\ndef reads():\n    return np.loadtxt(Path(__file__).parent / 'x.txt'), [0, 1, 0, 1]\n"
        )
        assert "x.txt" in problems(experiment)[0].message
        (folder / "x.txt").write_text("1 2\n3 4\n5 6\n7 8\n")
        assert problems(experiment) == []

    def test_a_field_that_cannot_be_is_said_with_its_line(self, folder):
        with pytest.raises(ExperimentError, match=r":2: dataset.test_share: expected a number < 1, got 2"):
            parse_experiment(EXPERIMENT.replace("samples: 60", "test_share: 2"), folder=folder)


class TestRuns:
    def test_a_run_is_stored_by_its_functions_name_and_resumed(self, folder, tmp_path):
        experiment = load_experiment(folder / "rings.yaml")
        whole = start_run(experiment, engine="process")
        assert whole.wait(300)
        assert whole.state is RunState.FINISHED, whole.message
        with Store(tmp_path / "runs.db") as store:
            recorder = Recorder(store)
            run = start_run(experiment, engine="thread", paused=True)
            recorder.add(run)
            run.step(3)
            run.stop()
            assert run.wait(300)
            recorder.close()
            assert facts_of(store.run(1)).record.dataset == "rings"
            (folder / "data.py").write_text(DATA.replace("default_rng(0)", "default_rng(1)"))
            with pytest.raises(DataChangedError, match="rings has changed since run 1 was trained"):
                resumed(store, 1, engine="thread")
            (folder / "data.py").write_text(DATA)
            again, _ = resumed(store, 1, engine="thread")
            assert again.wait(300)
            assert again.state is RunState.FINISHED, again.message
            np.testing.assert_array_equal(again.history.train_cost, whole.history.train_cost)

    def test_a_run_whose_function_is_gone_is_listed_and_says_so_when_it_goes_on(self, folder, tmp_path):
        run = start_run(load_experiment(folder / "rings.yaml"), engine="thread", paused=True)
        run.step(3)
        run.stop()
        assert run.wait(300)
        (folder / "data.py").unlink()
        with Store(tmp_path / "runs.db") as store:
            number = store.keep(run)
            assert restored(store, number).architecture == "2-5-3"
            gone, _ = resumed(store, number, engine="thread")
            assert gone.wait(300)
            assert gone.state is RunState.FAILED
            assert "there is no file" in gone.message


class TestLists:
    def test_it_is_called_by_its_function_in_lists_and_forms(self, folder):
        dataset = load_experiment(folder / "rings.yaml").dataset
        assert source_of(dataset) == describe_dataset(dataset) == "rings"
        choices, place = dataset_choices(dataset)
        assert choices[place].value == dataset
        entries = {each.path[-1]: each for each in settings_in(load_experiment(folder / "rings.yaml"))}
        assert "own" in entries["dataset"].names
        assert "settings" not in entries

    def test_installed_ones_are_offered_without_importing_them(self, folder, monkeypatch):
        monkeypatch.setattr("joml_tui.ui.compose.preset_choices.installed_parts", lambda kind: ["rings"])
        choices, _ = dataset_choices(own(folder, "line"))
        assert OwnDatasetSpec("rings") in [choice.value for choice in choices]
        assert not (folder / "imported").exists()

    def test_a_preset_looks_beside_its_own_file(self, folder):
        preset = folder / "preset.yaml"
        preset.write_text('version: 1\ndataset: {own: "data:rings"}\n')
        assert load_dataset_spec(Preset("preset", preset, "")) == own(folder, "rings")
