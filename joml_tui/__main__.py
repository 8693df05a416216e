"""The entry point of the command; Ctrl-C during its imports ends it at once and prints nothing."""

import os

try:
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing needs cleaning up yet; an exception raised within an import would be printed or lost.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
except KeyboardInterrupt:
    os._exit(130)

#: Number of new objects that starts a collection of garbage; Python's default is 700.
_NEW_OBJECTS = 50_000


def main() -> None:
    """Run this process's command line, and exit."""
    import gc  # noqa: PLC0415

    # Most of a short command is importing, which makes hundreds of thousands of objects and no garbage.
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
    from joml_tui.address_space import share_one_heap_if_limited  # noqa: PLC0415

    share_one_heap_if_limited()
    from joml_tui.cli import main as command  # noqa: PLC0415

    command()


if __name__ == "__main__":
    main()
