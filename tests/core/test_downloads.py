"""Downloads from a server of one's own: once, checked, continued, and every failure in words."""

import gzip
import hashlib
import json
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from click.testing import CliRunner

from joml_tui import downloads
from joml_tui.cli import main
from joml_tui.downloads import DownloadError, PublishedData, PublishedFile, download, published_data

CONTENTS = {"a.gz": bytes(range(256)) * 700, "b.gz": b"short"}
DATA = PublishedData(
    "Two files", "", tuple(PublishedFile(n, len(c), hashlib.sha256(c).hexdigest()) for n, c in CONTENTS.items())
)


@contextmanager
def serving(contents, *, ranges=True, most=None):
    """Serve these files: with or without parts of them, and ending after so many bytes of an answer."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            begins = self.headers.get("Range")
            asked.append((self.path, begins))
            content = contents.get(self.path.rpartition("/")[2])
            if content is None:
                self.send_error(404)
                return
            start = int(begins.removeprefix("bytes=").rstrip("-")) if begins and ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start:][:most])

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/data", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_every_file_is_loaded_once_and_is_as_it_was_published(tmp_path):
    shares = []
    with serving(CONTENTS) as (address, asked):
        assert download(DATA, tmp_path / "here", address, lambda *share: shares.append(share)) == ["a.gz", "b.gz"]
        assert download(DATA, tmp_path / "here", address) == []
        assert [path for path, _ in asked] == ["/data/a.gz", "/data/b.gz"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()} == CONTENTS
    assert shares[-1] == ("b.gz", 5, 5)


@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_download_continues(tmp_path, ranges):
    with serving(CONTENTS, most=1_000) as (address, _), pytest.raises(DownloadError, match="what was loaded is kept"):
        download(DATA, tmp_path, address)
    assert (tmp_path / "a.gz.part").stat().st_size == 1_000
    with serving(CONTENTS, ranges=ranges) as (address, asked):
        assert download(DATA, tmp_path, address) == ["a.gz", "b.gz"]
    assert asked[0] == ("/data/a.gz", "bytes=1000-")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == CONTENTS


@pytest.mark.parametrize("wrong", [CONTENTS["a.gz"][::-1], CONTENTS["a.gz"] + b"more"], ids=["bytes", "length"])
def test_another_file_is_refused_and_removed(tmp_path, wrong):
    with serving({**CONTENTS, "a.gz": wrong}) as (address, _), pytest.raises(DownloadError, match="is not the file"):
        download(DATA, tmp_path, address)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_changed_is_loaded_again(tmp_path):
    with serving(CONTENTS) as (address, _):
        download(DATA, tmp_path, address)
        (tmp_path / "b.gz").write_bytes(b"other")
        assert download(DATA, tmp_path, address) == ["b.gz"]


def test_without_a_connection_it_says_what_to_do(tmp_path):
    with serving(CONTENTS) as (address, _):
        pass
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1 cannot be reached: .*put a\.gz into"):
        download(DATA, tmp_path, address)
    with serving({}) as (address, _), pytest.raises(DownloadError, match="the server answers 404"):
        download(DATA, tmp_path, address)
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="file"):
        download(DATA, tmp_path / "file")


def idx(values):
    return gzip.compress(
        struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    )


def test_the_command_prints_how_to_train_what_it_loaded(tmp_path, monkeypatch):
    generator = np.random.default_rng(0)
    contents = {
        f"{part}-{kind}-ubyte.gz": idx(values.astype(np.uint8))
        for part, count in (("train", 40), ("t10k", 12))
        for kind, values in (
            ("images-idx3", generator.integers(0, 256, (count, 4, 4))),
            ("labels-idx1", np.arange(count) % 3),
        )
    }
    files = tuple(PublishedFile(n, len(c), hashlib.sha256(c).hexdigest()) for n, c in contents.items())
    monkeypatch.setattr(downloads, "published_data", lambda: {"tiny": PublishedData("Tiny pictures", "", files)})
    with serving(contents) as (address, _):
        arguments = ["data", "get", "tiny", "--from", address, "--output-dir", str(tmp_path / "tiny")]
        first = CliRunner().invoke(main, arguments)
        again = CliRunner().invoke(main, [*arguments, "--json"])
    assert first.exit_code == 0, first.output
    assert first.stdout == f"joml-tui run {tmp_path / 'tiny'}\n"
    assert json.loads(again.stdout) == {"name": "tiny", "path": str(tmp_path / "tiny"), "downloaded": []}
    shown = CliRunner().invoke(main, ["inspect", str(tmp_path / "tiny")])
    assert "16 features (images of 4 x 4 pixels), 3 classes" in shown.stdout, shown.output
    for wrong, message in ((["nist"], "there are tiny"), (["tiny", "--from", "here"], "begins with http://")):
        refused = CliRunner().invoke(main, ["data", "get", *wrong])
        assert refused.exit_code == 2
        assert message in refused.output


def test_the_list_has_what_is_published():
    result = CliRunner().invoke(main, ["data", "list"])
    assert "mnist" in result.stdout
    for each in published_data().values():
        assert each.address.endswith("/")
        assert len(each.files) == 4
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in each.files)
