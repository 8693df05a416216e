import pytest

from joml_tui.ui import lab


@pytest.fixture(autouse=True)
def no_engine_in_advance(monkeypatch):
    """Start an engine process only in tests that train."""
    monkeypatch.setattr(lab, "prewarm", lambda: None)
