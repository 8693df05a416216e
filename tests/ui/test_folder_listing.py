import sys

import pytest

from joml_tui.ui.data_files import folder_listing
from joml_tui.ui.data_files.folder_listing import content_of, read_folder


@pytest.fixture
def folder(tmp_path):
    for name in ("wine.tsv", "Iris.csv", "digits.npz", "notes.md", "wine.yaml", ".hidden.csv", "bills.csv.gz"):
        (tmp_path / name).touch()
    (tmp_path / "flowers").mkdir()
    return tmp_path


def test_data_files_come_first_then_folders_then_others(folder):
    listing = read_folder(f"{folder}/")
    assert [entry.name for entry in listing.entries] == [
        ".hidden.csv",
        "bills.csv.gz",
        "digits.npz",
        "Iris.csv",
        "wine.tsv",
        "..",
        "flowers",
        "notes.md",
        "wine.yaml",
    ]
    assert listing.problem == ""
    assert not listing.is_partial
    assert {entry.name for entry in listing.entries if entry.is_folder} == {"..", "flowers"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.CSV", "CSV"),
        ("a.csv.gz", "CSV"),
        ("a.parquet", "table"),
        ("train-images-idx3-ubyte.gz", "images or labels"),
        ("csv", ""),
        ("a.md", ""),
        ("a.gz", ""),
    ],
)
def test_the_name_tells_what_is_in_a_file(name, content):
    assert content_of(name) == content


def test_a_folder_of_parts_is_a_data_set(folder):
    (folder / "x_train.csv.gz").touch()
    first = read_folder(str(folder)).entries[0]
    assert first.name == "."
    assert not first.is_folder


def test_the_working_folder_is_the_one_without_a_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert "Iris.csv" in [entry.name for entry in read_folder("").entries]


def test_home_is_a_tilde(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert "Iris.csv" in [entry.name for entry in read_folder("~/").entries]


def test_what_cannot_be_read_is_reported(folder):
    assert read_folder(f"{folder}/none/").problem == "there is no such folder"
    assert read_folder(f"{folder}/notes.md").problem == "this is no folder"
    assert "null" in read_folder("a\0b/").problem
    assert read_folder("~nobody-of-this-name/").problem == "there is no such folder"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_to_itself_is_a_name_like_others(folder):
    (folder / "loop").symlink_to(folder / "loop")
    assert "loop" in [entry.name for entry in read_folder(str(folder)).entries if not entry.is_folder]


def test_of_very_many_names_the_first_ones_are_read(folder, monkeypatch):
    monkeypatch.setattr(folder_listing, "MOST_NAMES", 3)
    assert read_folder(str(folder)).is_partial


def test_a_folder_of_nothing_but_classes_of_images_is_a_data_set(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").touch()
    assert read_folder(str(tmp_path)).entries[0].content == "images of this folder, a sub-folder a class"
    (tmp_path / "papers").mkdir()  # such as a home folder with pictures among others
    assert read_folder(str(tmp_path)).entries[0].name == ".."
