import pytest

from joml_tui.experiment import Blobs, Circles, CsvFile, IdxFiles, Moons, NpzFile, Parity, SpinGlass, Spirals, Xor
from joml_tui.ui.compose.choices import dataset_choices, describe_dataset


@pytest.mark.parametrize(
    ("dataset", "text"),
    [
        (SpinGlass(), "spin-glass-14"),
        (Parity(7), "parity of 7 bits"),
        (Xor(2_000, 0.5), "xor, 2,000 samples, noise 0.5"),
        (Circles(2_000, 0.5), "circles, 2,000 samples, noise 0.5"),
        (Moons(2_000, 0.5), "moons, 2,000 samples, noise 0.5"),
        (Spirals(2_000, 3, 0.5), "3 spirals, 2,000 samples, noise 0.5"),
        (Blobs(2_000, 4, 0.5), "4 blobs, 2,000 samples, noise 0.5"),
        (CsvFile("a/b.csv"), "b.csv"),
        (CsvFile(""), "CSV file"),
        (NpzFile("a/b.npz"), "b.npz"),
        (IdxFiles("a\\images.gz", "labels.gz"), "images.gz"),
    ],
)
def test_a_data_set_in_one_short_text(dataset, text):
    assert describe_dataset(dataset) == text


@pytest.mark.parametrize("dataset", [Circles(), Moons(), Spirals(), Blobs(), Parity()])
def test_a_preset_s_data_set_is_found_among_the_choices(dataset):
    choices, current = dataset_choices(dataset)
    assert choices[current].value == dataset
    assert choices[-1].name == "CSV file"


@pytest.mark.parametrize("dataset", [Moons(50), NpzFile("a/b.npz"), IdxFiles("images", "labels")])
def test_any_other_is_a_choice_of_its_own(dataset):
    choices, current = dataset_choices(dataset)
    assert choices[current].value == dataset
    assert choices[current].name == describe_dataset(dataset)
    assert current == len(choices) - 1
