"""Moving figures: read back by Pillow, frame by frame; dots are found by their color."""

import numpy as np
import pytest
from PIL import Image, ImageColor

import tovec
from tovec.figures import animation
from tovec.figures.animation import animate
from tovec.figures.style import ACCENT

TOKENS = ["cat", "dog", "mat", "sat"]


def timeline(*tables, **options):
    return tovec.Timeline.from_embeddings([tovec.Embedding(TOKENS, table) for table in tables], **options)


MOVING = timeline([[0, 0], [4, 0], [0, 4], [4, 4]], [[4, 4], [4, 0], [0, 4], [0, 0]])


def frames(path):
    with Image.open(path) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            found.append((np.asarray(image.convert("RGB")).astype(int), image.info["duration"]))
        return found


def dots(pixels):
    """Return how many pixels of the picture above the line of the progress have the color of dots."""
    accent = np.array(ImageColor.getrgb(ACCENT))
    return int((np.abs(pixels[:-15] - accent).max(axis=2) <= 12).sum())


def test_a_gif_lasts_as_long_as_was_asked_for_and_only_the_points_move(tmp_path):
    path = animate(MOVING, tmp_path / "film.gif", seconds=1.0, title="swap")
    found = frames(path)
    assert sum(duration for _, duration in found) == pytest.approx(600 + 1000 + 2000, abs=60)
    first, last = found[0][0], found[-1][0]
    assert np.array_equal(first[:40, :360], last[:40, :360])  # the title: no pixel flickers
    assert (first[0, 0] == 255).all()
    assert not np.array_equal(first, found[len(found) // 2][0])
    assert abs(dots(first) - dots(last)) < 10  # cat and sat have changed places


def test_the_last_frame_is_the_last_moment(tmp_path):
    moving = frames(animate(MOVING, tmp_path / "film.gif", seconds=0.2, title="swap"))
    still = timeline(MOVING[1][:], MOVING[1][:])
    assert (
        np.abs(moving[-1][0] - frames(animate(still, tmp_path / "still.gif", title="swap"))[-1][0]).max() < 40
    )


def test_a_token_without_a_place_is_not_drawn_at_that_moment(tmp_path):
    nan = [np.nan, np.nan]
    film = timeline([nan, [4, 0], [0, 4], [4, 4]], [[0, 0], [4, 0], [0, 4], [4, 4]])
    found = frames(animate(film, tmp_path / "film.gif", seconds=0.5))
    assert dots(found[0][0]) == pytest.approx(0.75 * dots(found[-1][0]), rel=0.1)


@pytest.mark.parametrize("dims", [2, 3])
def test_many_tokens_and_three_dimensions(tmp_path, dims):
    generator = np.random.default_rng(0)
    names = [f"word{number}" for number in range(120)]
    film = tovec.Timeline.from_embeddings(
        [tovec.Embedding(names, generator.normal(size=(120, 8))) for _ in range(3)],
        progress=[0, 1000, 2000], losses=[None, 4.0, 2.0], unit="ids",
    )  # fmt: skip
    path = animate(film, tmp_path / "film.gif", dims=dims, seconds=0.3, size=(4, 3.2), max_labels=10)
    assert len(frames(path)) > 2


def test_one_dimension_is_a_number_line(tmp_path):
    film = timeline([[0], [1], [2], [3]], [[3], [1], [2], [0]])
    assert len(frames(animate(film, tmp_path / "film.gif", seconds=0.3))) > 2


def test_one_moment_is_one_picture(tmp_path):
    assert len(frames(animate(timeline(MOVING[0][:]), tmp_path / "film.gif"))) == 1


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("film.png", {}, "the suffix of an animation is .gif or .mp4"),
        ("film.gif", {"seconds": 0}, "seconds"),
        ("film.gif", {"dims": 4}, "dims"),
        ("film.gif", {"tokens": ["kiwi"]}, "kiwi"),
        ("film.gif", {"method": "tsne"}, "umap lays out all together"),
    ],
)
def test_what_cannot_be_animated_is_refused_and_nothing_is_written(tmp_path, name, options, message):
    with pytest.raises(tovec.TovecError, match=message):
        animate(MOVING, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_an_mp4_needs_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setattr(animation.FFMpegWriter, "isAvailable", lambda: False)
    with pytest.raises(tovec.TovecError, match="ffmpeg, which is not installed"):
        animate(MOVING, tmp_path / "film.mp4")


@pytest.mark.skipif(not animation.FFMpegWriter.isAvailable(), reason="ffmpeg is not installed")
def test_an_mp4_is_written_by_ffmpeg(tmp_path):
    path = animate(MOVING, tmp_path / "film.mp4", seconds=0.5)
    assert path.read_bytes()[4:8] == b"ftyp"
