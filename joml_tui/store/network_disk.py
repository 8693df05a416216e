"""Whether a folder is on a network: several machines may write there, and SQLite's WAL is for one machine alone."""

from __future__ import annotations

import os
from pathlib import Path

#: File systems over a network, as Linux calls them.
_NETWORKS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gfs2", "glusterfs", "lustre", "gpfs", "beegfs", "fuse.sshfs")
_MOUNTS = Path("/proc/self/mountinfo")


def is_on_a_network(folder: Path, mounts: str | None = None) -> bool:
    """Return whether a folder is on a network's file system; not where the system does not say.

    Parameters
    ----------
    folder : Path
    mounts : str, optional
        What is mounted, as Linux's ``/proc/self/mountinfo``; default read there.
    """
    try:
        text = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape") if mounts is None else mounts
    except OSError:
        return False
    where = os.path.realpath(folder)
    kind, longest = "", -1
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        mounted = before.split(" ")[4:5]
        if not mounted or not after:
            continue
        point = _unescaped(mounted[0])
        if _is_within(where, point) and len(point) >= longest:  # of several at one place the last one holds
            kind, longest = after.split(" ")[0], len(point)
    return kind.startswith(_NETWORKS)


def _is_within(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(point: str) -> str:
    """Return a mount point as it is: blanks and the like stand in octal."""
    for code, letter in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        point = point.replace(f"\\{code}", letter)
    return point
