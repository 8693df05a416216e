"""Devices and pipes are never read as files: their reading might not end."""

import os

import pytest

from joml import Network, Trainer
from joml.files import checkpoint, weights
from joml.files.parameter_tables import read_samples
from joml.files.regular_file import open_regular


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe.npz"
    os.mkfifo(path)
    return path


def test_a_file_is_opened(tmp_path):
    (tmp_path / "a").write_bytes(b"some")
    with open_regular(tmp_path / "a") as file:
        assert file.read() == b"some"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_pipes_are_refused_by_every_reader(pipe):
    network = Network.from_architecture("2-2")
    x, y = [[0, 1], [1, 0]], [[0, 1], [1, 0]]
    for read in (
        open_regular,
        weights.read,
        lambda path: weights.load(network, path),
        lambda path: checkpoint.load(Trainer(network, x, y, x, y), path),
        lambda path: read_samples(path, 2),
    ):
        with pytest.raises(OSError, match="a device or a pipe"):
            read(pipe)
