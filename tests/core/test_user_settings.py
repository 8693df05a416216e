import json
import os
from dataclasses import astuple

import pytest

from joml_tui.ui_state import Memory, Remembered
from joml_tui.user_settings import (
    COMMENTED,
    SettingsError,
    UserSettings,
    load_settings,
    read_settings,
    settings_path,
    write_commented,
)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_no_file_is_the_defaults(tmp_path):
    assert astuple(read_settings(tmp_path / "none.toml")) == (UserSettings(), "")


def test_every_setting_is_read(written):
    path = written(
        'theme = "nord"\nsmoothing = 0\nquiet = true\nascii = true\ntour = false\n[keys]\ntrain = ["f5", "g"]\n'
    )
    assert load_settings(path) == UserSettings("nord", {"train": ("f5", "g")}, 0, True, True, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("theme = nord", "not TOML"),
        ('theme = "nord"\ntheme = "dracula"', "not TOML"),
        ("smooting = 3", "smooting: unknown key; did you mean smoothing?"),
        ("smoothing = -1", "smoothing: expected an integer >= 0, got -1"),
        ('smoothing = "wide"', "smoothing: expected"),
        ("quiet = 1", "quiet: expected true or false, got 1"),
        ("keys = 3", "keys: expected a table"),
        ('[keys]\ntrain = "r"', "keys.train: expected a list of keys, such as [\"f5\"], got 'r'"),
        ("[keys]\ntrain = [3]", "keys.train: expected a list of keys"),
        ("[keys]\ntrain = []", "keys.train: expected a list of keys"),
        (b'theme = "\xff"', "not UTF-8"),
        (b"\x00", "not TOML"),
        ("a = " + "[" * 5000, ""),
        ("# " + "x" * 200_000, "these are not settings"),
    ],
    ids=[
        "bare",
        "twice",
        "misspelt",
        "range",
        "kind",
        "flag",
        "no-table",
        "no-list",
        "number",
        "no-keys",
        "bytes",
        "null",
        "deep",
        "large",
    ],
)
def test_a_faulty_file_is_reported_with_its_name_and_the_defaults_are_used(written, text, message):
    path = written(text)
    reading = read_settings(path)
    assert reading.settings == UserSettings()
    assert reading.fault.startswith(f"{path}: ") and message in reading.fault
    assert "\n" not in reading.fault
    assert reading.fault.endswith("The defaults are used.")


def test_a_folder_in_place_of_the_file_is_reported(tmp_path):
    assert "cannot be read" in read_settings(tmp_path).fault


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_in_place_of_the_file_is_reported_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.toml")
    assert "a device or a pipe" in read_settings(tmp_path / "config.toml").fault


def test_the_environment_names_another_file(tmp_path, monkeypatch):
    monkeypatch.setenv("JOML_CONFIG", str(tmp_path / "mine.toml"))
    assert settings_path() == tmp_path / "mine.toml"
    monkeypatch.delenv("JOML_CONFIG")
    assert settings_path().name == "config.toml" and "joml-tui" in settings_path().parts


def test_the_commented_file_says_the_defaults_and_every_setting(tmp_path):
    path = tmp_path / "new" / "config.toml"
    write_commented(path)
    assert load_settings(path) == UserSettings()
    for name in UserSettings.__struct_fields__:
        assert f"\n{name} = " in COMMENTED or f"\n[{name}]" in COMMENTED


def test_the_commented_file_replaces_none(written):
    path = written("smoothing = 7")
    with pytest.raises(SettingsError, match="there is a file already"):
        write_commented(path)
    assert path.read_text() == "smoothing = 7"


def test_what_is_remembered_is_there_the_next_time(tmp_path):
    path = tmp_path / "state" / "lab.json"
    memory = Memory(path)
    assert memory.now == Remembered()
    assert memory.change(theme="nord", compose_width=60)
    assert not memory.change(theme="nord")
    assert memory.keep()
    assert Memory(path).now == Remembered(theme="nord", compose_width=60)
    assert [file.name for file in path.parent.iterdir()] == ["lab.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"compose_width": -4}', b"\xff\x00", b'{"theme": 3}'], ids=range(6)
)
def test_a_faulty_memory_is_as_good_as_none(tmp_path, content):
    path = tmp_path / "lab.json"
    path.write_bytes(content)
    assert Memory(path).now == Remembered()


def test_a_memory_of_a_later_version_is_read_as_far_as_it_is_known(tmp_path):
    path = tmp_path / "lab.json"
    path.write_text(json.dumps({"theme": "nord", "of_tomorrow": 3}))
    assert Memory(path).now == Remembered(theme="nord")


def test_not_being_able_to_write_disturbs_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "lab.json")
    memory.change(theme="nord")
    assert not memory.keep()
    assert memory.now.theme == "nord"
    assert not Memory().keep()
