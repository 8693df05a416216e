"""Who may use a lab in a browser, and the sizes of its pages."""

import pytest

from joml_tui.ui.shell.web_visitors import Visitors, is_of_this_machine, may_ask, page_size


@pytest.mark.parametrize(
    ("host", "origin", "local", "may"),
    [
        ("127.0.0.1:8000", None, True, True),
        ("localhost:8000", "http://localhost:8000", True, True),
        ("[::1]:8000", "http://[::1]:8000", True, True),
        ("localhost:8000", "http://localhost:9000", True, False),
        ("localhost:8000", "http://example.org", True, False),
        ("localhost:8000", "null", True, False),
        ("localhost:8000", "http://[", True, False),
        ("example.org:8000", "http://example.org:8000", True, False),
        ("127.0.0.1#.evil", None, True, False),
        ("127.0.0.1@evil.org", None, True, False),
        ("evil.org/127.0.0.1", None, False, False),
        ("", None, False, False),
        ("desk.lan:8000", "http://desk.lan:8000", False, True),
        ("desk.lan:8000", "http://example.org", False, False),
    ],
)
def test_who_may_ask(host, origin, local, may):
    assert may_ask(host, origin, local=local) is may


def test_a_websocket_names_its_page():
    assert not may_ask("localhost:8000", None, local=True, websocket=True)
    assert may_ask("localhost:8000", "http://localhost:8000", local=True, websocket=True)


def test_which_addresses_are_of_this_machine():
    assert all(map(is_of_this_machine, ("127.0.0.1", "localhost", "::1", "127.3.2.1")))
    assert not any(map(is_of_this_machine, ("0.0.0.0", "::", "192.168.1.2", "desk.lan", "")))


def test_the_token_is_drawn_anew_and_lets_in():
    one, another = Visitors(8000), Visitors(8000)
    assert one.token != another.token and len(one.token) >= 32
    assert one.admits(None, one.token) and one.admits(one.token)
    assert not any(one.admits(given) for given in (None, "", another.token, "é", one.token + " "))
    assert one.query == f"/?token={one.token}" and one.token not in repr(one)
    assert Visitors(8000, "").admits(None)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (("100", "30"), (100, 30)),
        ((1_000_000, 10**30), (1_000, 400)),
        ((0, -5), (1, 1)),
        ((None, "x"), (80, 24)),
        ((float("nan"), float("inf")), (80, 24)),
        (("1e3", []), (80, 24)),
    ],
)
def test_a_page_has_the_size_of_a_screen(given, size):
    assert page_size(*given) == size
