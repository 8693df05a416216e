"""``joml-tui doctor``: checks of the terminal, the packages, the store, and the engine's speed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from joml_tui import __version__
from joml_tui.alignment import align_left
from joml_tui.cli.exit_codes import DONE, FAILED
from joml_tui.cli.options import asked, json_option, narrated, store_option
from joml_tui.cli.output import write_json, write_text
from joml_tui.engine_origin import describe_other_distribution, describe_wrong_engine

#: Extras that are not checked: those of developers, and the one that includes all others.
_LEFT_OUT = ("test", "parity", "all")
_PACKAGES = ("textual", "plotext", "msgspec", "click")
_EXTRA = re.compile(r"""([\w.-]+).*;.*extra\s*==\s*['"]([\w-]+)['"]""")
_SPEED_SECONDS = 0.3


class CheckResult(NamedTuple):
    """The result of one check: its subject, whether it is in order, and a description."""

    about: str
    fine: bool
    result: str


@click.command(short_help="Check the installation.")
@store_option
@json_option("the checks")
@narrated
def doctor() -> None:
    """Check the installation: the terminal, the packages, the store of runs, and the engine's speed.

    It changes nothing. Exit codes: 0 everything works, 1 something is broken, and is marked BROKEN.
    """
    looks: tuple[Callable[[], Iterator[CheckResult]], ...] = (_terminal, _versions, _engine, _extras, _store, _speed)
    findings = [each for look in looks for each in _looked(look)]
    if asked().json:
        lines = [{"about": each.about, "fine": each.fine, "said": each.result} for each in findings]
        write_json({"fine": all(each.fine for each in findings), "found": lines})
    else:
        wide = max(len(each.about) for each in findings)
        for each in findings:
            write_text(f"{'' if each.fine else 'BROKEN':<6} {align_left(each.about, wide)}  {each.result}")
    raise SystemExit(DONE if all(each.fine for each in findings) else FAILED)


def _looked(look: Callable[[], Iterator[CheckResult]]) -> Iterator[CheckResult]:
    try:
        yield from look()
    except Exception as error:  # any error is a finding
        yield CheckResult(look.__name__.strip("_"), False, f"{type(error).__name__}: {error}")


def _terminal() -> Iterator[CheckResult]:
    from joml_tui.ui.terminal_traits import traits  # noqa: PLC0415

    seen, attached = traits(), sys.stdin.isatty() and sys.stdout.isatty()
    size = shutil.get_terminal_size()
    here = f"{size.columns}x{size.lines}" if attached else "none attached: the lab cannot be opened here"
    small = " (the lab wants 80x24)" if attached and (size.columns < 80 or size.lines < 24) else ""
    yield CheckResult("terminal", True, here + small)
    colours = {0: "none", 2**24: "true colour"}.get(seen.colours, str(seen.colours))
    yield CheckResult("colours", True, f"{colours} (TERM={os.environ.get('TERM', '')})")
    encoding = (sys.stdout.encoding or "?").lower()
    signs = "ASCII alone" if seen.ascii else "braille and lines"
    plain = "" if "utf" in encoding or seen.ascii else "; JOML_ASCII=1 draws in ASCII"
    yield CheckResult("characters", True, f"{signs}, {encoding}{plain}")
    over_ssh = "over SSH: fewer frames, no animations" if seen.quiet else "no SSH"
    yield CheckResult("connection", True, over_ssh)


def _versions() -> Iterator[CheckResult]:
    yield CheckResult("joml-tui", True, f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    import numpy as np  # noqa: PLC0415
    from threadpoolctl import threadpool_info  # noqa: PLC0415

    libraries: list[dict[str, Any]] = [each for each in threadpool_info() if each["user_api"] == "blas"]
    blas = ", ".join(
        f"{each['internal_api']} {each.get('version') or '?'}, {each['num_threads']} threads" for each in libraries
    )
    yield CheckResult("numpy", True, f"{np.__version__}, {blas or 'unknown BLAS'}, {os.cpu_count()} processors")
    for package in _PACKAGES:
        version = _version_of(package)
        yield CheckResult(package, version is not None, version or "missing: pip install joml-tui installs it")


def _engine() -> Iterator[CheckResult]:
    """Check which package is imported as joml: PyPI has an unrelated one of that name."""
    wrong = describe_wrong_engine()
    if wrong:
        yield CheckResult("import joml", False, wrong)
    else:
        import joml  # noqa: PLC0415 - heavy

        yield CheckResult("import joml", True, f"this program's engine, {Path(joml.__file__).parent}")
    other = describe_other_distribution()
    if other:
        yield CheckResult("package joml", False, other)


def _extras() -> Iterator[CheckResult]:
    from importlib import metadata  # noqa: PLC0415 - heavy

    try:
        required = metadata.requires("joml-tui") or []
    except metadata.PackageNotFoundError:
        yield CheckResult("extras", True, "joml-tui is not installed as a package, so its extras are unknown")
        return
    extras: dict[str, list[str]] = {}
    for line in required:
        match = _EXTRA.fullmatch(line.strip())
        if match is not None and match[2] not in _LEFT_OUT:
            extras.setdefault(match[2], []).append(match[1])
    for extra, packages in sorted(extras.items()):
        missing = [package for package in packages if _version_of(package) is None]
        there = ", ".join(f"{package} {_version_of(package)}" for package in packages if package not in missing)
        wanted = f"not installed; pip install 'joml-tui[{extra}]' adds {', '.join(missing)}"
        yield CheckResult(f"extra {extra}", True, wanted if missing else there)


def _version_of(package: str) -> str | None:
    from importlib import metadata  # noqa: PLC0415 - heavy

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _store() -> Iterator[CheckResult]:
    from joml.wording import counted  # noqa: PLC0415
    from joml_tui.store import open_store, store_path  # noqa: PLC0415
    from joml_tui.store.inspection import examine  # noqa: PLC0415

    path = store_path(asked().store)
    examined = examine(path)
    if not examined.size and not examined.faults:
        folder = next(each for each in path.parents if each.exists())
        able = os.access(folder, os.W_OK)
        wayout = "" if able else f"; {folder} is not writable: choose another file with --store or JOML_STORE"
        yield CheckResult("store", able, f"none yet; the first run creates {path}{wayout}")
        return
    faults = examined.faults
    if not faults:
        with open_store(path, to_read=True) as store:
            faults = store.check()
    size = f"{examined.size / 1e6:,.1f} MB" if examined.size >= 100_000 else f"{examined.size / 1e3:,.1f} kB"
    runs = counted(examined.runs, "run")
    yield CheckResult("store", not faults, f"{path}, {size}, {runs}, version {examined.version}")
    for fault in faults:
        yield CheckResult("store", False, fault)
    if not faults:
        yield CheckResult("integrity", True, "every part of the store can be read")


def _speed() -> Iterator[CheckResult]:
    from joml import Adam, Network, Trainer  # noqa: PLC0415
    from joml.compiled.blas import ThreadLimit  # noqa: PLC0415
    from joml.data.generators.spin_glass import spin_glass_14  # noqa: PLC0415

    data = spin_glass_14()
    network = Network.from_architecture("14-100-40-4")
    trainer = Trainer(network, data.x_train, data.y_train, optimizer=Adam(0.002), epochs=1_000)
    trainer.advance(100)
    begun, before = time.perf_counter(), trainer.iteration
    with ThreadLimit():
        while time.perf_counter() - begun < _SPEED_SECONDS:
            trainer.advance(200)
    rate = (trainer.iteration - before) / (time.perf_counter() - begun)
    yield CheckResult("engine", True, f"{rate:,.0f} iterations a second of 14-100-40-4, batches of 32")
