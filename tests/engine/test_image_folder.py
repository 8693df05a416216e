"""Folders of images: what is read, and that every fault is a sentence."""

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.readers import image_files
from joml.data.readers.image_folder import read_image_folder, read_image_rows, read_image_samples

Image = pytest.importorskip("PIL.Image", reason="folders of images need Pillow")


def save(folder, name, pixels, **settings):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8), **settings).save(path)
    return path


def grey(value, shape=(2, 3)):
    return np.full(shape, value)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Two classes of five grey images, in a folder of its own that messages call photos."""
    monkeypatch.chdir(tmp_path)
    for place in range(5):
        save(tmp_path, f"photos/dog/{place}.png", grey(10 + place))
        save(tmp_path, f"photos/cat/{place}.PNG", grey(100 + place))
    return tmp_path / "photos"


def message(*paths, **settings):
    with pytest.raises(DatasetError) as raised:
        read_image_samples(*paths, **settings)
    return str(raised.value)


def test_sub_folders_are_the_classes_and_pixels_are_features(photos):
    data = read_image_folder("photos", test_share=0.2)
    assert data.class_names == ("cat", "dog") and data.image_shape == (1, 2, 3) and data.name == "photos"
    assert (data.train_size, data.test_size) == (8, 2)
    values = np.unique(np.concatenate([data.x_train, data.x_test], axis=1)[0])
    np.testing.assert_allclose(values, np.array([*range(10, 15), *range(100, 105)]) / 255, rtol=1e-6)
    assert ((data.x_train[0] > 0.3) == (data.y_train[0] == 1)).all()


def test_colours_are_channels_first_and_may_become_grey(photos):
    pixels = np.zeros((2, 3, 3))
    pixels[..., 0], pixels[0, 1, 2] = 255, 51  # red, and some blue at one pixel
    save(photos, "dog/red.png", pixels)
    samples = read_image_samples("photos")
    assert samples.image_shape == (3, 2, 3)
    red = samples.x[-1].reshape(3, 2, 3)
    assert (red[0] == 255).all() and red[2, 0, 1] == 51 and not red[1].any()
    assert read_image_samples("photos", colours="grey").x[-1].tolist() == [76, 82, 76, 76, 76, 76]
    assert read_image_samples("photos", colours="rgb").image_shape == (3, 2, 3)


def test_sixteen_bits_and_transparency(photos, monkeypatch):
    monkeypatch.setattr(image_files, "_ROWS", 1)  # more than one piece of an image
    wide = Image.fromarray(np.full((2, 3), 257 * 200, np.uint16))
    wide.save(photos / "dog/5.png")
    clear = np.zeros((2, 3, 4), np.uint8)
    clear[0, 0] = 0, 0, 0, 255  # one opaque black pixel
    Image.fromarray(clear).save(photos / "dog/6.png")
    samples = read_image_samples("photos", colours="grey")
    assert set(samples.x[-2]) == {200}
    assert samples.x[-1].tolist() == [0, 255, 255, 255, 255, 255]
    assert samples.notes == ("1 image is partly transparent, and put on white",)


def test_photographs_are_turned_as_the_camera_was_held(photos):
    for place in range(2):
        photo = Image.fromarray(np.array([[0, 0], [255, 255], [255, 255]], np.uint8).repeat(8, 0).repeat(8, 1))
        exif = Image.Exif()
        exif[274] = 6  # to be turned clockwise by a quarter
        photo.save(photos / f"{'cat' if place else 'dog'}/photo.jpg", exif=exif)
    samples = read_image_samples("photos", size="2x3")
    image = samples.x[-1].reshape(2, 3)
    assert image[:, 2].max() < 50 and image[:, 0].min() > 200


def test_train_and_test_are_the_parts(photos):
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            save(photos.parent, f"parts/{part}/{name}/a.png", grey(200 if part == "test" else 0))
    data = read_image_folder("parts")
    assert (data.train_size, data.test_size) == (2, 2) and data.x_test.min() > 0.7 and not data.x_train.any()
    save(photos.parent, "parts/test/cow/a.png", grey(3))
    assert message("parts") == "parts: test has the class cow, of which train has no images"


def test_what_is_left_out_is_counted(photos):
    (photos / "dog/notes.txt").write_text("a dog")
    (photos / ".hidden").mkdir()
    (photos / "empty").mkdir()
    assert read_image_samples("photos").notes == (
        "empty: the folder has no images",
        "1 file is left out, as no PNG or JPEG images by their names",
    )


def test_other_sizes_are_counted_and_resized_on_demand(photos):
    save(photos, "dog/tall.png", grey(99, (8, 6)))
    assert message("photos") == (
        "photos: 1 of 11 images cannot be used: dog/tall.png has 8 x 6 pixels, and others 2 x 3; size, such as "
        "size: 28x28, resizes all"
    )
    samples = read_image_samples("photos", size="4x5")
    assert samples.image_shape == (1, 4, 5) and set(samples.x[-1]) == {99}
    assert samples.file_format == {"images": {"grey": True, "resized": True}}


def test_all_faults_are_in_one_message_with_the_first_of_them(photos):
    whole = (photos / "cat/0.PNG").read_bytes()
    (photos / "cat/0.PNG").write_bytes(whole[:-20])
    (photos / "cat/1.PNG").write_bytes(b"no image")
    (photos / "cat/2.PNG").write_bytes(b"")
    (photos / "cat/3.PNG").write_bytes(whole[:40] + b"\xff" * 20)
    for place in range(3):
        (photos / f"dog/{place}.png").write_bytes(b"\x89PNG")
    text = message("photos")
    assert text.startswith("photos: ") and "of 10 images cannot be used: " in text
    assert "cat/1.PNG is no PNG or JPEG image; " in text and "; and " in text and "\n" not in text


def test_images_of_too_many_pixels_are_not_decoded(photos, monkeypatch):
    monkeypatch.setattr(image_files, "_MOST_PIXELS", 40)
    save(photos, "dog/large.png", grey(1, (7, 6)))
    assert "dog/large.png has 7 x 6 pixels, too many" in message("photos")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert "dog/large.png has too many pixels" in message("photos")


def test_folders_without_classes_are_refused(photos, tmp_path):
    needed = "a folder with a sub-folder of images for each class is needed"
    assert message("none") == f"none: no such folder; {needed}"
    assert message("photos/dog/0.png") == f"photos/dog/0.png: is a file; {needed}"
    assert message("photos/dog") == f"photos/dog: no sub-folder has images; {needed}, and two classes at least"
    (tmp_path / "one/cat").mkdir(parents=True)
    save(tmp_path, "one/cat/0.png", grey(1))
    assert message("one") == f"one: only the folder cat has images; {needed}, and two classes at least"


@pytest.mark.parametrize("size", ["28", "0x3", "5000x2", "axb", ""])
def test_sizes_and_colours_have_a_form(photos, size):
    assert message("photos", size=size).startswith("size: auto, or height and width such as 28x28")
    assert message("photos", colours="blue") == "colours: auto, grey or rgb was expected, got 'blue'"


def test_without_pillow_the_message_says_how_to_install_it(photos, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    assert message("photos") == "photos: images need Pillow; install it with: pip install 'joml-tui[images]'"


def test_images_to_predict_for_are_read_as_those_of_training(photos):
    rows = read_image_rows(photos / "dog", (1, 2, 3), resizes=False)
    assert list(rows.names) == [f"{place}.png" for place in range(5)]
    np.testing.assert_allclose(rows.x[:, 0], np.arange(10, 15) / 255)
    assert read_image_rows(photos, (1, 4, 4), resizes=True).x.shape == (10, 16)
    with pytest.raises(DatasetError, match="the images have 2 x 3 pixels, and the network takes 3 x 2"):
        read_image_rows(photos, (1, 3, 2), resizes=False)
    save(photos, "dog/red.png", np.full((2, 3, 3), 50))
    assert "1 image is in colour" in read_image_rows(photos, (1, 2, 3), resizes=False).notes[0]
    (photos.parent / "empty").mkdir()
    with pytest.raises(DatasetError, match="there are no PNG or JPEG images in it"):
        read_image_rows(photos.parent / "empty", (1, 2, 3), resizes=False)
