import gc

import pytest

from joml_tui.ui import lab

# Hundreds of labs, one after the other, are a heap that full collections would walk again and again.
gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def no_engine_in_advance(monkeypatch):
    """Start an engine process only in tests that train."""
    monkeypatch.setattr(lab, "prewarm", lambda: None)


@pytest.fixture(autouse=True)
def a_terminal_and_a_home_of_its_own(monkeypatch, tmp_path_factory):
    """Let neither the terminal that tests run in nor the user's own files change what they see, nor be changed."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("JOML_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    for name in (
        "NO_COLOR",
        "JOML_ASCII",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TEXTUAL_COLOR_SYSTEM",
        "LC_ALL",
        "LC_CTYPE",
        "LANG",
    ):
        monkeypatch.delenv(name, raising=False)
    state = home / "joml-tui"
    state.mkdir()
    (state / "lab.json").write_text('{"tour_seen": true}')
    return home
