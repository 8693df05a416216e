"""Signals from outside and a closed terminal end the lab as Ctrl-C does, with exit codes of their own."""

import signal

import pytest
from textual.drivers import linux_driver

from joml_tui.interruption import Interruption
from joml_tui.ui import outside_end as module
from joml_tui.ui.outside_end import OutsideEnd, outside_end
from joml_tui.ui.textual_compat import take_any_bytes

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGQUIT", 131)])
def test_a_signal_asks_for_the_end_and_has_its_exit_code(name, code, monkeypatch):
    monkeypatch.setattr(module, "_is_terminal_gone", lambda: False)
    number, interruption = getattr(signal, name), Interruption()
    before = signal.signal(number, signal.SIG_DFL)  # the tests may run under nohup, which ignores it
    try:
        with outside_end(interruption) as end:
            signal.raise_signal(number)
        assert (end.code, interruption.count) == (code, 1)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with outside_end(Interruption()) as end:
            signal.raise_signal(signal.SIGHUP)
        assert end.code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_is_gone_is_noticed_once_by_the_end_of_its_input(monkeypatch):
    interruption = Interruption()
    end, without = OutsideEnd(interruption), []
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", linux_driver.getincrementaldecoder)
    monkeypatch.setattr(end, "_do_without_terminal", lambda: without.append(1))
    take_any_bytes(end.terminal_closed)
    decoder = linux_driver.getincrementaldecoder("utf-8")()
    assert decoder.decode("é".encode()[:1]) + decoder.decode("é".encode()[1:]) == "é"
    assert decoder.decode(b"\xff") == "\N{REPLACEMENT CHARACTER}"
    decoder.decode(b"")
    assert end.code == 0  # the end of a file is no closed terminal
    monkeypatch.setattr(module, "_is_terminal_gone", lambda: True)
    decoder.decode(b"")
    decoder.decode(b"")
    assert (end.code, interruption.count, without) == (129, 1, [1])
