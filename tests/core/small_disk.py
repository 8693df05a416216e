"""A disk that is soon full: a small memory file system, in namespaces of one's own."""

import subprocess


def small_disk_command(folder, *program, size="1m"):
    """Return the command that runs a program where a folder is a disk of that size."""
    mount = f'mount -t tmpfs -o size={size} none {folder} && exec "$@"'
    return ["unshare", "-rm", "sh", "-c", mount, "sh", *program]


def can_mount(folder):
    """Whether such a disk can be mounted here."""
    try:
        return subprocess.run(small_disk_command(folder, "true"), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
