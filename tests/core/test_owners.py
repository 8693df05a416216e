"""Programs that record runs are told from those that have ended, also by those that may only read."""

import os

import pytest

from joml_tui.store.owners import has_ended, is_owner, lock_of, owners_folder

OWNER = "0123456789abcdef" * 2


@pytest.mark.parametrize("owner", [None, "", 3, "../../etc", OWNER.upper(), OWNER + "0"])
def test_what_is_no_identity_of_a_program_belongs_to_none(tmp_path, owner):
    assert not is_owner(owner)
    assert has_ended(tmp_path / "runs.db", owner)


def test_a_program_has_ended_when_its_lock_is_free_or_was_not_copied_with_the_store(tmp_path):
    store = tmp_path / "runs.db"
    lock = lock_of(store, OWNER)
    with lock:
        assert not has_ended(store, OWNER)
    lock_of(store, OWNER).acquire().lock.release()
    assert has_ended(store, OWNER)
    assert has_ended(tmp_path / "a copy.db", OWNER)
    assert not owners_folder(tmp_path / "a copy.db").exists()


def test_a_lock_that_cannot_be_read_says_nothing(tmp_path, monkeypatch):
    store = tmp_path / "runs.db"
    with lock_of(store, OWNER):
        pass

    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(os, "open", refused)
    assert not has_ended(store, OWNER)
