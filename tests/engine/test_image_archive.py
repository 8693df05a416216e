"""Zip archives of images: read as the folder they have inside, whatever else is in them; faults are sentences."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.readers.file_kinds import IMAGE_ARCHIVE, ZIP_ARCHIVE, recognize
from joml.data.readers.image_archive import class_root, is_image_archive, unpacked_images
from joml.data.readers.image_folder import image_folder_files, read_image_folder, read_image_rows, read_image_samples

pillow = pytest.importorskip("PIL.Image")


@pytest.fixture
def folder(tmp_path):
    generator = np.random.default_rng(0)
    for name in ("up", "down"):
        (tmp_path / "pics" / name).mkdir(parents=True)
        for place in range(5):
            pixels = generator.integers(0, 256, (4, 3), np.uint8)
            pillow.fromarray(pixels).save(tmp_path / "pics" / name / f"{place}.png")
    return tmp_path / "pics"


def zipped(folder, path, *, inside="", join="/", further=()):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.writestr(inside + join.join(file.relative_to(folder).parts), file.read_bytes())
        for name, content in further:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "form",
    [{}, {"inside": "pics/"}, {"inside": "course/week 3/"}, {"join": "\\"}, {"inside": "../../"}, {"inside": "/abs/"}],
    ids=str,
)
def test_an_archive_is_read_as_its_folder(folder, tmp_path, form):
    path = zipped(folder, tmp_path / "pics.zip", **form)
    assert is_image_archive(path)
    there = read_image_samples(folder)
    packed = read_image_samples(path)
    np.testing.assert_array_equal(packed.x, there.x)
    np.testing.assert_array_equal(packed.y, there.y)
    assert (packed.class_names, packed.name, packed.sample_names) == (there.class_names, "pics", there.sample_names)
    ours, theirs = read_image_folder(path, seed=3), read_image_folder(folder, seed=3)
    np.testing.assert_array_equal(ours.x_train, theirs.x_train)
    assert image_folder_files(path) == [path]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pics", "pics.zip"]


def test_what_a_mac_adds_is_not_there_and_other_files_are_counted(folder, tmp_path):
    further = [("__MACOSX/pics/up/._0.png", b"x"), ("pics/.DS_Store", b"x"), ("pics/readme.txt", b"hello")]
    path = zipped(folder, tmp_path / "p.zip", inside="pics/", further=further)
    samples = read_image_samples(path)
    assert len(samples.x) == 10
    assert samples.notes == ("1 file is left out, as no PNG or JPEG images by their names",)


def test_parts_and_rows_to_predict(folder, tmp_path):
    packed = tmp_path / "parts.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in ("train", "test"):
            for file in sorted(folder.rglob("*.png")):
                archive.write(file, f"d/{part}/{file.relative_to(folder).as_posix()}")
    assert read_image_samples(packed).test_samples == 10
    rows = read_image_rows(zipped(folder, tmp_path / "new.zip"), (1, 4, 3), resizes=False)
    assert rows.names[0] == "down/0.png"
    np.testing.assert_array_equal(rows.x, read_image_rows(folder, (1, 4, 3), resizes=False).x)


def test_faults_name_the_archive(folder, tmp_path, monkeypatch):
    path = zipped(folder, tmp_path / "p.zip", further=[("up/bad.png", b"no image")])
    with pytest.raises(
        DatasetError, match=r"p\.zip: 1 of 11 images cannot be used: up/bad\.png is no PNG or JPEG image"
    ):
        read_image_samples(path)
    lone = tmp_path / "lone.zip"
    with zipfile.ZipFile(lone, "w") as archive:
        archive.write(folder / "up" / "0.png", "0.png")
    with pytest.raises(DatasetError, match=r"lone\.zip: no sub-folder has images; a folder with a sub-folder"):
        read_image_samples(lone)
    content = bytearray(path.read_bytes())
    content[40:60] = bytes(20)  # in the first image
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"p\.zip: the zip archive cannot be unpacked: "):
        read_image_samples(path)
    monkeypatch.setattr("joml.data.readers.image_archive._MOST_BYTES", 100)
    with pytest.raises(DatasetError, match="too large: unpack it, and name the folder"):
        read_image_samples(zipped(folder, tmp_path / "q.zip"))


def test_an_encrypted_archive_is_refused(folder, tmp_path):
    path = zipped(folder, tmp_path / "p.zip")
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1  # the flag in the directory
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="encrypted: unpack it, and name the folder"):
        read_image_samples(path)


def test_other_archives_are_no_images(tmp_path, folder):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.csv", "a,b\n1,2\n")
    with path.open("rb") as file:
        assert recognize(file) is ZIP_ARCHIVE
    with zipped(folder, tmp_path / "p.zip").open("rb") as file:
        assert recognize(file) is IMAGE_ARCHIVE
    assert not is_image_archive(folder)
    assert not is_image_archive(tmp_path / "absent.zip")


def test_the_unpacked_folder_is_gone_afterwards(folder, tmp_path):
    with unpacked_images(zipped(folder, tmp_path / "p.zip", inside="a/b/"), "p.zip") as (made, others):
        assert class_root(made) == made / "a" / "b"
        assert others == 0
    assert not Path(made).exists()
