"""Detection of network file systems, which several machines may write to; SQLite's WAL is for one machine only."""

from __future__ import annotations

import os
from pathlib import Path

#: Linux's names of network file systems.
_NETWORKS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gfs2", "glusterfs", "lustre", "gpfs", "beegfs", "fuse.sshfs")
_MOUNTS = Path("/proc/self/mountinfo")


def is_on_a_network(folder: Path, mounts: str | None = None) -> bool:
    """Return whether a folder is on a network file system; False if the system does not say.

    Parameters
    ----------
    folder : Path
    mounts : str, optional
        The mounts in the form of Linux's ``/proc/self/mountinfo``, which is read by default.
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
        if _is_within(where, point) and len(point) >= longest:  # of several mounts at one place the last is effective
            kind, longest = after.split(" ")[0], len(point)
    return kind.startswith(_NETWORKS)


def _is_within(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(point: str) -> str:
    """Return a mount point with octal escapes, such as for blanks, replaced."""
    for code, letter in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        point = point.replace(f"\\{code}", letter)
    return point
