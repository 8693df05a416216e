"""Files that are whole or not there at all, and what stands in their place before."""

import os

import pytest

from joml.files.atomic_write import whole_file


def write(path, text="new"):
    with whole_file(path, overwrite=True) as temporary:
        temporary.write_text(text)


def test_a_link_leads_to_the_new_file(tmp_path):
    target, link = tmp_path / "far" / "target.csv", tmp_path / "link.csv"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["target.csv"]


def test_a_link_to_nothing_leads_to_the_new_file(tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to("target.csv")
    write(link)
    assert (tmp_path / "target.csv").read_text() == "new"
    assert link.is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_permissions_stay(tmp_path, mode):
    path = tmp_path / "file.csv"
    path.write_text("old")
    path.chmod(mode)
    write(path)
    assert path.stat().st_mode & 0o7777 == mode
    assert path.read_text() == "new"


def test_a_named_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe)
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]


def test_nothing_is_written_into_a_pipe_where_something_went_wrong(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(ZeroDivisionError), whole_file(pipe, overwrite=True) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError
        assert os.read(reader, 100) == b""
    finally:
        os.close(reader)
