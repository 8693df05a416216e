"""The command, where its process begins: Ctrl-C while it is being loaded ends it at once and prints nothing."""

import os

try:
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing has been begun that would have to be ended: raised into an import, it would be printed or get lost.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
except KeyboardInterrupt:
    os._exit(130)


def main() -> None:
    """Run the command line of this process, and end it."""
    from joml_tui.cli import main as command  # noqa: PLC0415

    command()


if __name__ == "__main__":
    main()
