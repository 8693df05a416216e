"""The command as tests give it: in this process, or in one of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from joml_tui.cli import main

SCRIPT = Path(sys.executable).with_name("joml-tui")


def given(*arguments, store=None, columns=None, **settings):
    """Return a command line in this process; its result has stdout, stderr and exit_code."""
    environment = {"COLUMNS": None if columns is None else str(columns)}
    if store is not None:
        environment["JOML_STORE"] = str(store)
    return CliRunner().invoke(main, [str(each) for each in arguments], env=environment, **settings)


def document(*arguments, **settings):
    """Return what a command writes as JSON."""
    result = given(*arguments, "--json", **settings)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def lines(*arguments, **settings):
    """Return what a command writes as lines of JSON."""
    result = given(*arguments, "--json", **settings)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def process(*arguments, **settings):
    """Return a command line in a process of its own."""
    return subprocess.run(
        [SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        **settings,
    )


def progress_on_a_terminal(*arguments):
    """Run a command whose standard error is a terminal; return its exit code, its output and what the terminal got."""
    import pty

    master, slave = pty.openpty()
    command = [SCRIPT, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave) as running:
        os.close(slave)
        written = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            written += part
        output = running.stdout.read()
    os.close(master)
    return running.returncode, output, written
