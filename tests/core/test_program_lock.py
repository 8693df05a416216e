"""The locks by which programs tell each other that they open a store, or record into it."""

import pytest
from filelock import FileLock, Timeout

from joml_tui.store import program_lock
from joml_tui.store.program_lock import ProgramLock


@pytest.fixture(params=["by one call", "by filelock alone"])
def path(request, tmp_path, monkeypatch):
    if request.param == "by filelock alone":
        monkeypatch.setattr(program_lock, "_system_locks", lambda: None)
    return tmp_path / "runs.db.opening"


def test_others_are_kept_out_until_it_is_released(path):
    with ProgramLock(path) as lock:
        lock.acquire(1)
        with pytest.raises(Timeout):
            FileLock(path).acquire(timeout=0)
        with pytest.raises(TimeoutError):
            ProgramLock(path).acquire(0)
    with FileLock(path).acquire(timeout=0):
        pass
    lock.acquire(0)


@pytest.mark.parametrize("seconds", [0, 0.01])
def test_it_waits_for_others_as_long_as_it_may(path, seconds):
    with FileLock(path), pytest.raises(TimeoutError):
        ProgramLock(path).acquire(seconds)


def test_it_ends_with_its_owner(path):
    lock = ProgramLock(path)
    lock.acquire(0)
    del lock
    ProgramLock(path).acquire(0)


def test_a_file_that_cannot_be_made_is_an_error_of_the_system(path):
    path.mkdir()
    with pytest.raises(OSError, match=path.name):
        ProgramLock(path).acquire(0.01)
