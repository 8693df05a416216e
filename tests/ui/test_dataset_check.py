"""What is said of a data set beneath its entry."""

import pytest

from joml_tui.experiment import CsvFile, DatasetShape, Experiment, Moons, SplitSpec, shape_of
from joml_tui.ui.compose.dataset_check import FaultyReaderError, ask_reader, dataset_problems, describe_dataset_shape
from joml_tui.ui.data_files.background_reading import BackgroundReading


@pytest.mark.parametrize(
    ("task", "outputs", "notes", "line"),
    [
        ("classes", 4, (), "1,000 samples · 4 classes"),
        ("regression", 1, (), "1,000 samples · 1 value"),
        ("multilabel", 2, ("two rows left out",), "1,000 samples · 2 answers · two rows left out"),
        ("classes", 4, ("a", "b"), "1,000 samples · 4 classes · a · 1 more note: explain has all"),
        ("classes", 4, ("a", "b", "c"), "1,000 samples · 4 classes · a · 2 more notes: explain has all"),
    ],
)
def test_its_sizes_and_the_first_note(task, outputs, notes, line):
    shape = DatasetShape(2, outputs, 1000, None, task, notes)
    assert describe_dataset_shape(shape, None) == line


def test_the_sizes_of_its_parts_where_one_is_for_validation():
    experiment = Experiment(dataset=Moons(samples=1000), split=SplitSpec(validation=0.2))
    line = describe_dataset_shape(shape_of(experiment.dataset), experiment)
    assert "200 validation" in line


def test_problems_of_the_data_set_alone():
    assert dataset_problems(Moons(samples=200)) == []


async def test_a_reader_that_raises_anything_is_unreadable():
    def damaged():
        raise ZeroDivisionError("of all things")

    with pytest.raises(FaultyReaderError, match="cannot be read: ZeroDivisionError: of all things"):
        await ask_reader(BackgroundReading(lambda progress: None), damaged)


def test_a_file_with_columns_shows_all_notes_among_them():
    shape = DatasetShape(2, 2, 100, None, "classes", ("a", "b"))
    line = describe_dataset_shape(shape, Experiment(dataset=CsvFile("people.csv", "kind")))
    assert line == "100 samples · 2 classes · a · 1 more note: K has all"
