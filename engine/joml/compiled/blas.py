"""The number of BLAS threads: one by default, more on request.

The number of threads decides how the sums in a product are rounded. With one thread the result is the same on every
machine. Several threads also make the small products of small networks slower, and are very slow when another process
is busy. BLAS has one number for the whole process: while anything here computes, it applies to everything.
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

#: BLAS uses one thread for products with a vector, and sums, of at most this many multiplications.
SMALL = 9_000

#: The same for products of two matrices in OpenBLAS, which divides those of more than 262,144.
_SMALL_OF_MATRICES = 200_000

_allowed: ContextVar[int] = ContextVar("joml_blas_threads", default=1)


@contextmanager
def allow_threads(number: int) -> Iterator[None]:
    """Allow trainings and evaluations of this thread several BLAS threads inside the block.

    The last bits of results then depend on the number. If other threads compute at the same time, the smallest number
    applies.

    Parameters
    ----------
    number : int
        At least 1. The number of processor cores is fastest, for mini-batches of about 512 samples or more.

    Returns
    -------
    context manager

    Raises
    ------
    ValueError
        The number is not an integer of at least 1.
    """
    token = _allowed.set(at_least_one(number, "number"))
    try:
        yield
    finally:
        _allowed.reset(token)


class ThreadLimit:
    """A block that keeps BLAS at one thread, or at the number that ``allow_threads`` sets.

    Any number of blocks in any number of threads may overlap; the last one to end restores the original number.
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
    """Return the thread limit for one training step, to be entered by one thread at a time.

    There is no limit if all products are too small for OpenBLAS to use several threads, because setting it would then
    be a large part of the step.

    Parameters
    ----------
    sizes : sequence of int
        Units of the input and of each layer.
    samples : int
        Number of samples in the mini-batch.

    Returns
    -------
    context manager
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
    """The blocks that are running, and the number of BLAS threads before them.

    To keep a block cheap, BLAS is called only when its number changes.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self._wanted: list[int] = []
        self._least = 0  # the number that BLAS is set to
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
    """Return the loaded BLAS libraries: those with one number for the process, and those with one for each thread.

    The search takes milliseconds, and its result does not change.
    """
    shared: list[_Library] = []
    own: list[_Library] = []
    for controller in ThreadpoolController().select(user_api="blas").lib_controllers:
        per_thread = getattr(controller, "threading_layer", "") == "openmp"
        (own if per_thread else shared).append(_library(controller))
    return shared, own


@cache
def _only_openblas() -> bool:
    """Return whether every loaded BLAS is OpenBLAS."""
    controllers = ThreadpoolController().select(user_api="blas").lib_controllers
    return bool(controllers) and all(library.internal_api == "openblas" for library in controllers)


def _library(controller: LibController) -> _Library:
    """Return OpenBLAS's own functions where they exist, else threadpoolctl's, which take five times as long.

    threadpoolctl also lets only one thread set OpenBLAS's number; here the last block restores it in whichever thread
    it runs.
    """
    if controller.internal_api == "openblas" and getattr(controller, "threading_layer", "") != "openmp":
        for prefix, suffix in product(("", "scipy_"), ("", "64_", "_64")):
            get = getattr(controller.dynlib, f"{prefix}openblas_get_num_threads{suffix}", None)
            put = getattr(controller.dynlib, f"{prefix}openblas_set_num_threads{suffix}", None)
            if get is not None and put is not None:
                return _Library(get, put)
    return _Library(controller.get_num_threads, controller.set_num_threads)


_computing = _Computing()


def _unlock() -> None:
    """Replace the lock in a forked process, where the thread that held it does not exist."""
    _computing.lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
