import pytest

from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.ui.compose.opened_file import describe_opened, open_file


def test_a_data_file_gets_a_network_and_both_are_reported(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("size,weight,species\n" + "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(60)))
    opened = open_file(str(path))
    assert opened.experiment.dataset.label == "species"
    assert opened.experiment.layers
    description = describe_opened(opened)
    assert description.startswith("Target: 'species'")
    assert "adamw" in description.lower()
    assert description.endswith("every part.")  # the key that trains stands in the line below


def test_of_several_targets_the_last_is_taken_and_that_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("class,label,size\n" + "".join(f"{'ab'[i % 2]},{'cd'[i % 2]},{i % 7}\n" for i in range(60)))
    opened = open_file(str(path))
    assert opened.experiment.dataset.label == "label"
    assert "one of 2" in opened.target


def test_an_experiment_is_opened_as_it_is(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("version: 1\ndataset: {name: xor, samples: 100}\nepochs: 7\n")
    opened = open_file(str(path))
    assert opened.experiment.epochs == 7
    assert describe_opened(opened) == "Press r to train."


def test_a_file_with_a_preset_s_name_is_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExperimentError):
        open_file("article-14-100-40-4")


@pytest.mark.parametrize("name", ["none.csv", "a\0b", "~nobody-of-this-name/a.csv", ""])
def test_what_is_no_file_is_reported(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    try:
        open_file(name)
    except ExperimentError as error:
        assert str(error)
