"""The recorder: what happens to one run's record, or to the store for a while, is no other run's loss."""

import sqlite3
import threading

import pytest
from msgspec import structs

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.runs.run import RunState, start_run
from joml_tui.store import Recorder, StoreError, open_store

SHORT = Experiment(
    dataset=Xor(samples=60), layers=(LayerSpec(3, "tanh"),), optimizer=AdamSpec(0.01), epochs=2, batch_size=16
)
AGAIN = "the runs are recorded again; nothing was lost"


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "runs.db") as opened:
        opened._connection.execute("PRAGMA synchronous = OFF")
        yield opened


def trained():
    run = start_run(SHORT, engine="thread")
    assert run.wait(300)
    return run


def failing(store, method, run, error):
    """Have one of the store's methods fail for one run until the returned event is set."""
    healed, real = threading.Event(), getattr(store, method)

    def replaced(given, *others, **settings):
        if given is run and not healed.is_set():
            raise error
        return real(given, *others, **settings)

    setattr(store, method, replaced)
    return healed


@pytest.mark.parametrize("method", ["begin", "write"])
@pytest.mark.parametrize(
    "error",
    [
        UnicodeEncodeError("utf-8", "\udc80", 0, 1, "surrogates not allowed"),
        KeyError("x"),
        OverflowError("Python int too large to convert to SQLite INTEGER"),
        sqlite3.IntegrityError("FOREIGN KEY constraint failed"),
        StoreError("not now"),
        MemoryError(),
        SystemExit(3),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_one_record_raises_the_others_are_written_and_it_is_tried_again(store, method, error):
    messages = []
    first, second = trained(), trained()
    healed = failing(store, method, first, error)
    recorder = Recorder(store, messages.append)
    recorder.add(first, name="first")
    recorder.add(second, name="second")
    assert not recorder.flush(30)
    recorder.flush(120)  # what met the store's own trouble stands behind the others from its second round on
    assert recorder.trouble
    of_second = [record for record in store.runs() if record.name == "second"]
    assert len(messages) == 1
    assert [record.state for record in of_second] == [RunState.FINISHED]
    healed.set()
    assert recorder.flush(120)
    assert messages[1:] == [AGAIN]
    assert recorder.trouble == ""
    assert {record.name: record.state for record in store.runs()} == {
        "first": RunState.FINISHED,
        "second": RunState.FINISHED,
    }
    assert recorder.close()


def test_a_run_that_another_program_deletes_is_said_to_be_gone_and_the_others_are_named(store):
    messages = []
    recorder = Recorder(store, messages.append)
    first, second = trained(), trained()
    for run in (first, second):
        recorder.add(run)
    assert recorder.flush(120)
    with open_store(store.path) as other:
        other.delete([recorder.number_of(first)])
    recorder.describe(first, name="gone")
    recorder.describe(second, name="kept", note="n", tags=("deep",))
    assert recorder.flush(120)
    assert [sentence for sentence in messages if "run 1 is no longer in" in sentence] == messages
    assert len(messages) == 1
    assert recorder.number_of(first) is None
    (record,) = store.runs()
    assert (record.number, record.name, record.note, record.tags) == (2, "kept", "n", ("deep",))
    recorder.describe(first, name="again")
    recorder.delete(first)
    assert recorder.flush(120)
    assert len(messages) == 1
    assert recorder.close()


def test_a_run_that_is_deleted_while_it_trains_trains_on(store):
    messages = []
    recorder = Recorder(store, messages.append)
    run = start_run(structs.replace(SHORT, epochs=1_000_000), engine="thread", paused=True)
    recorder.add(run)
    assert recorder.flush(120)
    with open_store(store.path) as other:
        other.delete([1])
    run.step(5)
    other = trained()
    recorder.add(other)
    run.stop()
    assert run.wait(300)
    assert recorder.flush(120)
    assert "deleted" in messages[0]
    assert [record.number for record in store.runs()] == [2]
    assert recorder.close()


def test_texts_that_are_no_unicode_are_written_readably(store):
    recorder = Recorder(store)
    run = trained()
    run.goes_on_from = "the weights in caf\udce9.npz"
    recorder.add(run, name="caf\udce9", note="\ud800", tags=("d\udcff",))
    assert recorder.flush(120)
    (record,) = store.runs()
    assert (record.name, record.note, record.tags) == (r"caf\xe9", r"\ud800", (r"d\xff",))
    assert store.goes_on_from(1) == r"the weights in caf\xe9.npz"
    recorder.describe(run, name="\udcc3\udca9", tags=("\udc80",))
    assert recorder.flush(120)
    assert store.find("\udcc3\udca9").tags == (r"\x80",)
    assert store.check() == []
    assert recorder.close()


def test_the_latest_name_stays_whatever_failed_before(store):
    run = trained()
    recorder = Recorder(store)
    recorder.add(run)
    assert recorder.flush(120)
    healed, real = threading.Event(), store.describe

    def replaced(number, **wanted):
        if not healed.is_set():
            raise RuntimeError("not now")
        real(number, **wanted)

    store.describe = replaced
    recorder.describe(run, name="first", note="kept")
    assert not recorder.flush(30)
    recorder.describe(run, name="second")
    healed.set()
    assert recorder.flush(120)
    assert (store.run(1).name, store.run(1).note) == ("second", "kept")
    assert recorder.close()


def test_a_run_that_could_not_be_deleted_is_deleted_later(store):
    run = trained()
    recorder = Recorder(store)
    recorder.add(run)
    assert recorder.flush(120)
    healed, real = threading.Event(), store.delete

    def replaced(numbers):
        if not healed.is_set():
            raise StoreError("not now")
        return real(numbers)

    store.delete = replaced
    recorder.delete(run)
    assert not recorder.flush(30)
    healed.set()
    assert recorder.flush(120)
    assert store.runs() == []
    assert recorder.close()


def test_who_listens_may_fail(store):
    def fail(_):
        raise BrokenPipeError

    run = trained()
    healed = failing(store, "write", run, RuntimeError("x"))
    recorder = Recorder(store, fail)
    recorder.add(run)
    assert not recorder.flush(30)
    healed.set()
    assert recorder.flush(120)
    assert recorder.close()


def test_a_store_that_does_not_answer_is_reported_while_it_does_not(store):
    messages, reached, hold = [], threading.Event(), threading.Event()
    spoken = threading.Condition()
    real = store.write

    def listen(sentence):
        with spoken:
            messages.append(sentence)
            spoken.notify_all()

    def wait(*arguments):
        reached.set()
        assert hold.wait(300)
        return real(*arguments)

    store.write = wait
    recorder = Recorder(store, listen, patience=0.02)
    recorder.add(trained())
    assert reached.wait(300)
    with spoken:
        assert spoken.wait_for(lambda: messages, 300)
    assert "has not answered for 0.02 s" in messages[0]
    assert recorder.trouble == messages[0]
    hold.set()
    assert recorder.flush(120)
    assert AGAIN in messages
    assert recorder.close()
