"""Label columns as a person types them."""

import pytest

from joml_tui.experiment.label_text import find_labels, read_labels, split_columns, write_labels


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("price", "price"),
        ("a,b", ("a", "b")),
        ("a, b ,", ("a", "b")),
        ("-2, -1", (-2, -1)),
        (" 3 ", 3),
        ('"width, cm", height', ("width, cm", "height")),
        ('"width, cm"', "width, cm"),
        ('"say ""x, y""", -1', ('say "x, y"', -1)),
    ],
)
def test_a_text_names_columns_and_is_written_back(text, label):
    assert read_labels(text) == label
    assert read_labels(write_labels(label)) == label


def test_a_name_of_the_file_is_taken_as_it_is():
    names = ["a", "b", "a, b", "3"]
    assert find_labels("a, b", names) == "a, b"
    assert find_labels("b, a", names) == ("b", "a")
    assert find_labels(["a, b", "b"], names) == ("a, b", "b")
    assert find_labels("3", names) == "3"
    assert find_labels("2,3", names) == (2, "3")
    assert find_labels(3, names) == 3
    assert find_labels("", names) == ""


def test_columns_are_split_at_commas_outside_of_quotes():
    assert split_columns('id, "width, cm",, name ') == ["id", "width, cm", "name"]
    assert split_columns(' 5" pipe') == ['5" pipe']
    assert split_columns("") == []
