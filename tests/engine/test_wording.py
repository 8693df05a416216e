"""Parts of sentences in messages and notes."""

from joml.wording import counted, list_some, quoted


def test_one_has_the_singular():
    assert counted(1, "check") == "1 check"
    assert counted(0, "check") == "0 checks"
    assert counted(1_204, "check") == "1,204 checks"
    assert counted(2, "class", "classes") == "2 classes"


def test_the_first_of_many_are_named_with_the_number_of_the_others():
    assert list_some(["a", "b"], 2) == "a, b"
    assert list_some(map(str, range(1_003)), 2) == "0, 1 and 1,001 more"


def test_a_long_text_is_cut_off():
    assert quoted("it's") == '"it\'s"'
    assert quoted("x" * 41) == f"'{'x' * 37}...'"
