import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml_tui.ui.data_files.folder_listing import FolderEntry, Listing, Rank
from joml_tui.ui.data_files.path_completion import (
    MOST_MATCHES,
    PathCompletion,
    begins_anew,
    completed,
    find_matches,
    split_path,
)


def listing(*names, folder=""):
    entries = [
        FolderEntry(Rank.FOLDER, name[:-1].casefold(), name[:-1])
        if name.endswith("/")
        else FolderEntry(Rank.DATA, name.casefold(), name, "CSV")
        for name in names
    ]
    return Listing(folder, (*entries, FolderEntry(Rank.FOLDER, "..", "..")))


FILES = listing("Iris.csv", "iris.csv.gz", "penguins.csv", "pens/", ".secret.csv", "sharpen.csv")


def names(text):
    return [entry.name for entry in find_matches(FILES, text).entries]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("", "")),
        ("pen", ("", "pen")),
        ("~", ("~" + os.sep, "")),
        ("~/da", ("~/", "da")),
        ("/a/b/", ("/a/b/", "")),
        (" a/b ", ("a/", "b")),
        ("'/my data/b.csv'", ("/my data/", "b.csv")),
    ],
)
def test_a_path_is_a_folder_and_the_beginning_of_a_name(text, parts):
    assert split_path(text) == parts


def test_names_that_begin_so_come_before_those_that_contain_it():
    assert names("pen") == ["penguins.csv", "pens", "sharpen.csv"]
    assert names("IRIS") == ["Iris.csv", "iris.csv.gz"]


def test_hidden_names_need_a_dot():
    assert ".secret.csv" not in names("")
    assert ".secret.csv" not in names("secret")
    assert names(".") == [".secret.csv", ".."]
    assert names("..") == [".."]


def test_an_exact_file_leaves_nothing_to_complete_but_a_folder_does():
    assert find_matches(FILES, "Iris.csv").is_exact
    assert not find_matches(FILES, "pens").is_exact
    assert not find_matches(FILES, "iris.cs").is_exact


def test_no_match_is_reported():
    assert find_matches(FILES, "zebra").problem == "no file here has such a name"
    assert find_matches(Listing("a/", problem="there is no such folder"), "b").problem == "there is no such folder"


def test_of_many_matches_some_are_shown_and_the_others_counted():
    many = listing(*(f"{number:06}.csv" for number in range(100_000)))
    matches = find_matches(many, "0")
    assert len(matches.entries) == MOST_MATCHES
    assert matches.more == 100_000 - MOST_MATCHES


@pytest.mark.parametrize(
    ("text", "name", "path"),
    [
        ("ir", "Iris.csv", "Iris.csv"),
        ("data/ir", "Iris.csv", "data/Iris.csv"),
        ("da", "data", "data" + os.sep),
        ("", "..", ".." + os.sep),
        ("a/b/c", "..", "a/"),
        ("a/", "..", ""),
        ("../", "..", "../.." + os.sep),
        ("/", "..", "/"),
        ("/a/", "..", "/"),
        ("a/", ".", "a/"),
        ("", ".", "."),
    ],
)
def test_a_match_completes_the_path(text, name, path):
    is_folder = name in ("data", "..")
    assert completed(text, FolderEntry(Rank.FOLDER if is_folder else Rank.DATA, name, name)) == path


def test_above_home_is_its_folder():
    above = completed("~/", FolderEntry(Rank.FOLDER, "..", ".."))
    assert Path(above) == Path("~").expanduser().parent
    assert above.endswith(os.sep)


def test_each_folder_is_read_once_while_it_is_typed():
    completion = PathCompletion()
    assert completion.folder_to_read("da") == ""
    assert completion.folder_to_read("dat") is None
    assert completion.matches("dat") is None
    completion.take(listing("data/"))
    assert [entry.name for entry in completion.matches("dat").entries] == ["data"]
    assert completion.folder_to_read("data/") == "data/"
    assert completion.folder_to_read("da") == ""  # it may have changed meanwhile
    assert completion.folder_to_read("data/") is None  # that has not answered yet


def test_a_folder_is_read_again_on_demand():
    completion = PathCompletion()
    assert completion.folder_to_read("a") == ""
    completion.take(listing("a.csv"))
    completion.read_again()
    assert completion.folder_to_read("a") == ""


def test_the_names_of_a_few_folders_are_kept():
    completion = PathCompletion()
    for number in range(30):
        completion.take(listing("a.csv", folder=f"{number}/"))
    assert completion.matches("0/") is None
    assert completion.matches("29/") is not None


@given(st.text(max_size=30))
def test_any_text_is_a_path(text):
    folder, name = split_path(text)
    find_matches(FILES, name)
    completed(text, FILES.entries[0])
    completed(folder, FILES.entries[-1])


@pytest.mark.parametrize(
    ("before", "added", "anew"),
    [
        ("/tmp/", "/", True),
        ("/tmp/", "'/data/my flowers.csv'", True),
        ("/tmp/", "~/flowers.csv", True),
        ("/tmp/", "~", False),
        ("/tmp/", "flowers.csv", False),
        ("/tmp", "/", False),
        ("", "/", False),
    ],
)
def test_a_whole_path_after_a_folder_begins_anew(before, added, anew):
    assert begins_anew(before, added) is anew
