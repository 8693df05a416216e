"""A store on another machine's disk is written with a journal that several machines respect."""

import sqlite3
from pathlib import Path

import pytest
from msgspec import structs

from joml_tui.experiment.presets import find_experiment
from joml_tui.runs.run import start_run
from joml_tui.store import database, open_store
from joml_tui.store.network_disk import is_on_a_network

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/me/local rw,relatime - xfs /dev/sdb rw
32 22 0:42 / /mnt/two\\040words rw - cifs //server/share rw
33 22 0:43 / /mnt/over rw - nfs server:/over rw
34 33 0:44 / /mnt/over rw - tmpfs none rw
35 22 0:45 / /mnt/ssh rw - fuse.sshfs me@server: rw
a line of another kind
"""


@pytest.mark.parametrize(
    ("folder", "network"),
    [
        ("/", False),
        ("/var/lib", False),
        ("/home", True),
        ("/home/me/.local/share/joml-tui", True),
        ("/home/me/local/data", False),
        ("/home/me/localised", True),
        ("/homely", False),
        ("/mnt/two words/data", True),
        ("/mnt/over/data", False),
        ("/mnt/ssh", True),
    ],
)
def test_it_is_told_by_what_is_mounted_nearest(folder, network):
    assert is_on_a_network(Path(folder), MOUNTS) is network


def test_where_nothing_is_known_the_disk_is_this_machines(tmp_path):
    assert is_on_a_network(tmp_path, "") is False


def mode_of(path):
    connection = sqlite3.connect(path)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    return mode


def test_there_is_no_wal_there_and_two_write_all_the_same(tmp_path, monkeypatch):
    path = tmp_path / "runs.db"
    run = start_run(structs.replace(find_experiment("xor"), epochs=1), engine="thread")
    assert run.wait(300)
    with open_store(path) as store:
        store.keep(run)
    assert mode_of(path) == "wal"
    monkeypatch.setattr(database, "is_on_a_network", lambda _: True)
    with open_store(path) as one, open_store(path) as other:
        assert mode_of(path) == "delete"
        assert [store.keep(run) for store in (one, other, one)] == [2, 3, 4]
        assert one.check() == other.check() == []
        assert len(other.runs()) == 4
