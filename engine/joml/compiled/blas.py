"""The number of BLAS threads: one by default, more on request.

How products are shared out among threads decides how their sums are rounded. One thread is one result, whatever the
machine and whatever else it does; besides, several make the small products of small networks slower, and collapse when
another process is busy. BLAS knows one number for the whole process: while anything here computes, it holds for all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from itertools import pairwise, product
from math import prod
from threading import Lock
from typing import NamedTuple

from threadpoolctl import LibController, ThreadpoolController

from joml.validation import at_least_one

#: Products with a vector, and sums, of so few multiplications take one thread whatever BLAS may have.
SMALL = 9_000

#: The same for products of two matrices in OpenBLAS, which shares out those of more than 262,144.
_SMALL_OF_MATRICES = 200_000

_allowed: ContextVar[int] = ContextVar("joml_blas_threads", default=1)


@contextmanager
def allow_threads(number: int) -> Iterator[None]:
    """Let trainings and evaluations of this thread take several BLAS threads inside the block.

    Results then depend on the number in their last bits. Where others compute at the same time, the least number of
    all holds.

    Parameters
    ----------
    number : int
        At least 1; as many as there are processor cores gain most, from mini-batches of about 512 samples on.

    Returns
    -------
    context manager

    Raises
    ------
    ValueError
        The number is no integer of at least 1.
    """
    token = _allowed.set(at_least_one(number, "number"))
    try:
        yield
    finally:
        _allowed.reset(token)


class ThreadLimit:
    """Keep BLAS at one thread inside the block, or at as many as ``allow_threads`` says here.

    Any number of blocks in any number of threads may overlap; what was set before the first comes back after the last.
    """

    __slots__ = ("_own", "_threads")

    _own: tuple[tuple[_Library, int], ...]
    _threads: int

    def __enter__(self) -> None:
        self._threads = threads = _allowed.get()
        shared, own = _libraries()
        _computing.begin(threads, shared)
        self._own = ()
        if own:
            self._own = tuple((library, library.get()) for library in own)
            for library in own:
                library.set(threads)

    def __exit__(self, *_: object) -> None:
        for library, before in self._own:
            library.set(before)
        _computing.end(self._threads)


def limit_for_step(sizes: Sequence[int], samples: int) -> AbstractContextManager[None]:
    """Return the limit that one training step needs, to be entered by one thread at a time.

    There is none where each of its products is too small for OpenBLAS to share it out: what the limit costs is then a
    good part of the step.

    Parameters
    ----------
    sizes : sequence of int
        Units of the input and of each layer.
    samples : int
        In the mini-batch.
    """
    pairs = list(pairwise(sizes))
    parameters = sum((before + 1) * size for before, size in pairs)
    sums = max(parameters, max(sizes) * samples)  # of squares: of the gradient, of the outputs
    small = sums < SMALL and all(_is_small(before + 1, size, samples) for before, size in pairs)
    return nullcontext() if small and _only_openblas() else ThreadLimit()


def _is_small(*lengths: int) -> bool:
    """Return whether BLAS computes a product of matrices with these three lengths on one thread."""
    return prod(lengths) < (SMALL if 1 in lengths else _SMALL_OF_MATRICES)


class _Computing:
    """The blocks under way, and how many threads BLAS had before them.

    A step of a small network takes some ten times what a block costs: BLAS is called only where its number changes.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self._wanted: list[int] = []
        self._least = 0  # what BLAS has been set to
        self._before: list[tuple[_Library, int]] = []

    def begin(self, threads: int, libraries: list[_Library]) -> None:
        with self.lock:
            if not self._wanted:
                self._least, self._before = threads, []
                for library in libraries:
                    before = library.get()
                    self._before.append((library, before))
                    if before != threads:
                        library.set(threads)
            elif threads < self._least:
                self._set_all(threads)
            self._wanted.append(threads)

    def end(self, threads: int) -> None:
        with self.lock:
            self._wanted.remove(threads)
            if not self._wanted:
                for library, before in self._before:
                    if before != threads:
                        library.set(before)
            elif threads == self._least and (least := min(self._wanted)) > threads:
                self._set_all(least)

    def _set_all(self, threads: int) -> None:
        self._least = threads
        for library, _ in self._before:
            library.set(threads)


class _Library(NamedTuple):
    """The functions that read and set the number of threads of a loaded BLAS."""

    get: Callable[[], int]
    set: Callable[[int], object]


@cache
def _libraries() -> tuple[list[_Library], list[_Library]]:
    """Return the loaded BLAS with one number for the process, and those that have one for each thread.

    Looking for them takes milliseconds, and they stay the same.
    """
    shared: list[_Library] = []
    own: list[_Library] = []
    for found in ThreadpoolController().select(user_api="blas").lib_controllers:
        per_thread = getattr(found, "threading_layer", "") == "openmp"
        (own if per_thread else shared).append(_library(found))
    return shared, own


@cache
def _only_openblas() -> bool:
    """Return whether every loaded BLAS is OpenBLAS."""
    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return bool(found) and all(library.internal_api == "openblas" for library in found)


def _library(found: LibController) -> _Library:
    """Return OpenBLAS's own functions where they are found, else threadpoolctl's, which cost five times as much.

    Besides, threadpoolctl lets one thread alone set OpenBLAS's number; here the last block of all puts it back,
    whichever thread it is in.
    """
    if found.internal_api == "openblas" and getattr(found, "threading_layer", "") != "openmp":
        for prefix, suffix in product(("", "scipy_"), ("", "64_", "_64")):
            get = getattr(found.dynlib, f"{prefix}openblas_get_num_threads{suffix}", None)
            put = getattr(found.dynlib, f"{prefix}openblas_set_num_threads{suffix}", None)
            if get is not None and put is not None:
                return _Library(get, put)
    return _Library(found.get_num_threads, found.set_num_threads)


_computing = _Computing()


def _unlock() -> None:
    """Give a forked process its own lock: the thread that held this one does not exist there."""
    _computing.lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
