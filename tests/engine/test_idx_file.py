import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError, split_indices
from joml.data.readers.idx_file import read_idx, read_idx_array, read_idx_samples

NOT_IDX = "is not an IDX file: these begin with 00 00, a type and a dimension, this one"


def idx(array, kind=8):
    array = np.asarray(array, np.uint8)
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


IMAGES = np.arange(10 * 6).reshape(10, 2, 3) * 4
LABELS = np.arange(10) % 3 + 4


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file into the current folder and return its name, so that messages are short."""
    monkeypatch.chdir(tmp_path)

    def write(name, content):
        Path(name).write_bytes(content if isinstance(content, bytes) else idx(content))
        return name

    return write


@pytest.fixture
def pair(write):
    return write("images", IMAGES), write("labels", LABELS)


def message(*paths, **options):
    with pytest.raises(DatasetError) as caught:
        read_idx(*paths, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestWhatIsRead:
    def test_bytes_become_numbers_from_0_to_1(self, write):
        images = write("images", [[[0, 255], [51, 102]], [[1, 2], [3, 4]]])
        labels = write("labels", [3, 9])
        data = read_idx(images, labels, images, labels)
        assert data.x_train.T.tolist() == np.float32([[0, 1, 0.2, 0.4], np.float32([1, 2, 3, 4]) / 255]).tolist()
        assert data.y_train.tolist() == [[1, 0], [0, 1]]
        assert (data.name, data.class_names) == ("images", ("3", "9"))
        assert data.image_shape == (1, 2, 2)

    def test_split(self, pair):
        data = read_idx(*pair, test_share=0.3, seed=2)
        train, test = split_indices(10, 0.3, 2)
        pixels = (IMAGES.reshape(10, 6) / 255).astype(np.float32)
        assert pytest.approx(pixels[train]) == data.x_train.T
        assert pytest.approx(pixels[test]) == data.x_test.T
        assert data.y_test.argmax(axis=0).tolist() == (LABELS[test] - 4).tolist()

    def test_a_test_part_of_its_own_stays_one(self, pair, write):
        data = read_idx(*pair, write("t", IMAGES[:3] + 1), write("tl", [9, 4, 4]))
        assert (data.train_size, data.test_size) == (10, 3)
        assert data.class_names == ("4", "5", "6", "9")
        assert pytest.approx((IMAGES[:3] + 1).reshape(3, 6) / 255) == data.x_test.T
        assert data.y_test.argmax(axis=0).tolist() == [3, 0, 0]

    @pytest.mark.parametrize("name", ["images.gz", "images"])
    def test_gzip_is_known_by_its_content(self, write, name):
        images = write(name, gzip.compress(idx(IMAGES), mtime=0))
        assert read_idx_array(images).tolist() == IMAGES.tolist()
        assert read_idx(images, write("labels.gz", gzip.compress(idx(LABELS), mtime=0))).input_size == 6

    def test_a_dimension_or_four(self, write):
        assert read_idx_array(write("labels", LABELS)).tolist() == LABELS.tolist()
        colours = np.arange(48).reshape(2, 2, 4, 3)
        assert read_idx_array(write("colours", colours)).tolist() == colours.tolist()

    def test_more_than_is_read_at_a_time(self, write):
        images = np.random.default_rng(0).integers(0, 256, (700, 60, 60)).astype(np.uint8)
        assert (read_idx_array(write("images", images)) == images).all()
        assert (read_idx_array(write("images.gz", gzip.compress(idx(images), 1, mtime=0))) == images).all()

    def test_the_samples_keep_their_bytes(self, pair):
        samples = read_idx_samples(*pair)
        assert samples.x.dtype == np.uint8
        assert samples.x.tolist() == IMAGES.reshape(10, 6).tolist()
        assert samples.test_samples is None

    @pytest.mark.parametrize("name", ["train-images.idx3-ubyte", "train-images.gz"])
    def test_the_name_is_that_of_the_images(self, write, name):
        assert read_idx(write(name, IMAGES), write("labels", LABELS)).name == "train-images"


class TestErrors:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"", f"{NOT_IDX} is empty"),
            (b"\0\0\x08", f"{NOT_IDX} begins with 00 00 08"),
            (b"\x89PNG\r\n", f"{NOT_IDX} begins with 89 50 4e 47"),
            (b"\0\0\x08\0", f"{NOT_IDX} begins with 00 00 08 00"),
            (b"\0\0\x07\x01", f"{NOT_IDX} begins with 00 00 07 01"),
            (idx(IMAGES, kind=0x0D), "holds float32; unsigned bytes (type 08) are needed"),
            (b"\0\0\x08\x03\0\0\0\x01", "truncated: the file ends in its header"),
            (idx(IMAGES)[:-1], "truncated: the header says 10 x 2 x 3 = 60 bytes, but 59 are there"),
            (idx(IMAGES)[:16], "truncated: the header says 10 x 2 x 3 = 60 bytes, but 0 are there"),
            (idx(IMAGES) + b"\0", "the header says 10 x 2 x 3 = 60 bytes, but more are there"),
            (
                b"\0\0\x08\x02" + b"\xff" * 8 + b"abc",
                f"truncated: the header says 4294967295 x 4294967295 = {(2**32 - 1) ** 2:,} bytes, but 3 are there",
            ),
            (
                gzip.compress(idx(IMAGES)[:-1], mtime=0),
                "truncated: the header says 10 x 2 x 3 = 60 bytes, but 59 are there",
            ),
        ],
    )
    def test_what_is_wrong_with_a_file(self, pair, write, content, expected):
        assert message(write("bad", content), "labels") == f"bad: {expected}"
        assert message("images", "bad") == f"bad: {expected}"
        assert message("images", "labels", "images", "bad") == f"bad: {expected}"

    @pytest.mark.parametrize("cut", [5, 30, -4])
    def test_a_truncated_gzip_file(self, pair, write, cut):
        bad = write("bad.gz", gzip.compress(idx(IMAGES), mtime=0)[:cut])
        assert message(bad, "labels").startswith("bad.gz: the gzip file is truncated or damaged: ")

    def test_a_damaged_gzip_file(self, pair, write):
        content = bytearray(gzip.compress(idx(np.random.default_rng(0).integers(0, 256, (50, 50)))))
        content[1000:1010] = b"\xff" * 10
        assert message(write("bad.gz", bytes(content)), "labels").startswith("bad.gz: the gzip file is truncated or ")

    @pytest.mark.parametrize(
        ("images", "labels", "expected"),
        [
            (LABELS, LABELS, "images: images have two dimensions or more, found one; are these the labels?"),
            (IMAGES, IMAGES, "labels: labels have one dimension, found 3; are these the images?"),
            (IMAGES, LABELS[:7], "images holds 10 images and labels 7 labels: as many are needed in both"),
            (IMAGES, LABELS * 0, "labels: one class only, 0; at least two are needed"),
            (IMAGES[:1], LABELS[:1], "images: too few samples: 1; at least 2 are needed"),
            (IMAGES[:0], LABELS[:0], "images: no pixels: the shape is (0, 2, 3)"),
            (IMAGES[:, :0], LABELS, "images: no pixels: the shape is (10, 0, 3)"),
        ],
    )
    def test_files_that_do_not_fit_each_other(self, write, images, labels, expected):
        assert message(write("images", images), write("labels", labels)) == expected

    def test_a_test_part_that_does_not_fit(self, pair, write):
        assert message(*pair, write("t", IMAGES[:, :1]), "labels") == "t: images of 3 pixels, but of 6 in images"
        assert message(*pair, "images", write("tl", LABELS[:4])) == (
            "images holds 10 images and tl 4 labels: as many are needed in both"
        )

    def test_half_a_test_part(self, pair):
        assert message(*pair, "images") == "test_images without test_labels: a test part needs both files"
        assert message(*pair, None, "labels") == "test_labels without test_images: a test part needs both files"

    def test_no_files(self, pair, tmp_path):
        assert message("none", "labels") == "none: no such file"
        assert message("images", tmp_path) == f"{tmp_path}: is a directory; an IDX file is needed"
        assert message("a\0b", "labels").startswith("'a\\x00b': cannot be read: ")

    def test_a_share_that_leaves_nothing(self, pair):
        assert message(*pair, test_share=0.0) == "test_share: a share between 0 and 1 was expected, got 0.0"
