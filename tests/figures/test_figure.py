"""The figure of an embedding, and so axes, draw_points, label and style; test_save.py tests its files."""

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from mpl_toolkits.mplot3d import proj3d

import tovec
from tovec import Embedding, TovecError, Vocabulary
from tovec.figures.axes import in_pixels
from tovec.figures.label import Label
from tovec.figures.style import ACCENT
from tovec.projection import project

KOREAN = ["영화", "배우", "감독", "연기", "음악", "재미", "감동", "최고", "최악", "지루"]


def four(dim: int = 3) -> Embedding:
    return Embedding.random(["cat", "dog", "mat", "sat"], dim, seed=0)


def many(n: int, dim: int = 20) -> Embedding:
    """A table in which the last token is the most frequent."""
    names = [f"word{row}" for row in range(n)]
    vectors = np.random.default_rng(0).standard_normal((n, dim))
    return Embedding(Vocabulary(names, np.arange(1, n + 1)), vectors.astype(np.float32))


def labels(figure: Any) -> dict[str, Label]:
    return {text.get_text(): text for text in figure.axes[0].texts if isinstance(text, Label)}


def boxes(figure: Any) -> list[Any]:
    renderer = figure.canvas.get_renderer()
    return [label.get_window_extent(renderer) for label in labels(figure).values()]


def n_overlaps(found: list[Any]) -> int:
    return sum(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


def saved(figure: Any, suffix: str) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=suffix)
    return file.getvalue()


def test_four_words_are_drawn_at_their_vectors() -> None:
    embedding = four()
    figure = tovec.plot(embedding)
    (axes,) = figure.axes
    assert axes.name == "3d"
    assert [axes.get_xlabel(), axes.get_ylabel(), axes.get_zlabel()] == [
        "dimension 1",
        "dimension 2",
        "dimension 3",
    ]
    assert axes.get_title() == "4 tokens in 3 dimensions"
    assert {name: label.point for name, label in labels(figure).items()} == {
        token: tuple(embedding[token].tolist()) for token in embedding
    }
    dots = np.array(axes.collections[-1]._offsets3d).T
    np.testing.assert_array_equal(dots, embedding.vectors)


def test_vectors_of_two_dimensions_are_drawn_in_two() -> None:
    embedding = four(2)
    figure = tovec.plot(embedding, title="네 단어")
    (axes,) = figure.axes
    assert axes.name == "rectilinear"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("dimension 1", "dimension 2")
    assert axes.get_title() == "네 단어"
    np.testing.assert_array_equal(np.asarray(axes.collections[0].get_offsets()), embedding.vectors)


def test_the_first_two_of_three_dimensions_can_be_drawn() -> None:
    figure = tovec.plot(four(), dims=2)
    np.testing.assert_array_equal(
        np.asarray(figure.axes[0].collections[0].get_offsets()), four().vectors[:, :2]
    )


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_low_figure_shows_its_axis_name_and_keeps_its_title_clear(dim: int) -> None:
    figure = tovec.plot(four(dim), size=(8, 2.4), title="four words")
    (axes,) = figure.axes
    figure.canvas.draw()
    name, title = (
        text.get_window_extent(figure.canvas.get_renderer()) for text in (axes.xaxis.label, axes.title)
    )
    assert name.y0 >= 0
    assert title.y1 <= figure.canvas.get_width_height()[1]
    if dim < 3:  # the axes of 3-D figures are larger than the page
        assert title.y0 >= axes.bbox.y1


def test_labels_of_a_number_line_stand_above_or_below_it() -> None:
    words = ["고양이", "강아지", "우유", "마셨다", "파랗다"]
    figure = tovec.plot(Embedding(words, [[0.9], [1.0], [0.15], [0.2], [0.0]]), size=(8, 2.4))
    figure.canvas.draw()
    line = in_pixels(figure.axes[0], [[0.0, 0.0]])[0, 1]
    found = boxes(figure)
    assert all(box.y0 > line or box.y1 < line for box in found)
    assert n_overlaps(found) == 0


def test_more_dimensions_are_drawn_by_principal_components() -> None:
    embedding = many(30)
    figure = tovec.plot(embedding)
    expected = project(embedding.vectors, 3, "pca")
    assert figure.axes[0].get_xlabel() == expected.axis_names[0]
    assert re.fullmatch(r"PC 1 \(\d+(\.\d)? % of variance\)", figure.axes[0].get_xlabel())
    np.testing.assert_allclose(labels(figure)["word7"].point, expected.points[7], rtol=1e-6)


def test_method_none_draws_the_first_dimensions() -> None:
    figure = tovec.plot(many(30), method="none")
    np.testing.assert_array_equal(labels(figure)["word7"].point, many(30).vectors[7, :3])


def test_given_tokens_are_projected_on_their_own() -> None:
    embedding = many(500)
    chosen = ["word3", "word77", "word400", "word12", "word3"]
    figure = tovec.plot(embedding, tokens=chosen)
    expected = project(embedding[chosen[:4]], 3, "pca").points
    assert list(labels(figure)) == chosen[:4]
    np.testing.assert_allclose([label.point for label in labels(figure).values()], expected, atol=1e-5)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("n", [1, 2, 40])
def test_few_tokens_are_all_labeled(n: int, dims: int) -> None:
    figure = tovec.plot(many(n), dims=dims)
    assert set(labels(figure)) == {f"word{row}" for row in range(n)}


@pytest.mark.parametrize("dims", [2, 3])
def test_labels_of_many_tokens_do_not_overlap(dims: int) -> None:
    figure = tovec.plot(many(2000), dims=dims)
    found = boxes(figure)
    assert 20 <= len(found) <= 80
    assert n_overlaps(found) == 0
    width, height = figure.canvas.get_width_height()
    assert all(min(b.x0, b.y0) >= 0 and b.x1 <= width and b.y1 <= height for b in found)


def test_the_most_frequent_tokens_get_the_labels() -> None:
    figure = tovec.plot(many(2000), dims=2, max_labels=5)
    assert next(iter(labels(figure))) == "word1999"
    assert len(labels(figure)) == 5
    assert all(int(name[4:]) > 1900 for name in labels(figure))


def test_without_counts_labels_follow_the_order_of_the_vocabulary() -> None:
    embedding = Embedding([f"word{row}" for row in range(500)], many(500).vectors)
    assert next(iter(labels(tovec.plot(embedding, dims=2, max_labels=5)))) == "word0"


def test_labels_can_be_left_out() -> None:
    figure = tovec.plot(four(), max_labels=0)
    assert labels(figure) == {}
    np.testing.assert_array_equal(np.array(figure.axes[0].collections[0]._offsets3d).T, four().vectors)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_any_token_is_saved_without_a_warning_in_every_format(suffix: str, dims: int) -> None:
    tokens = [
        *KOREAN,
        " the",
        "\n",
        "",
        "\x00",
        "$x_1^2$",
        "$$",
        "\\frac{",
        "é",
        "😀",
        "中文",
        "\ud800",
        "x" * 200,
    ]
    vectors = np.random.default_rng(0).standard_normal((len(tokens), 3))
    figure = tovec.plot(Embedding(tokens, vectors), dims=dims, title="한글 $ _ 😀 中")
    content = saved(figure, suffix)
    assert content[:4] in (b"\x89PNG", b"<?xm", b"%PDF")
    if suffix == "svg":
        assert b"<text" not in content  # outlines: no font is needed to see it
    if suffix == "pdf":
        assert b"+Pretendard-Regular" in content  # in the file, and a part only
        assert len(content) < 300_000


def test_hangul_is_not_drawn_as_boxes() -> None:
    def pixels(token: str) -> Any:
        figure = tovec.plot(Embedding([token], np.zeros((1, 2))))
        figure.canvas.draw()
        box = labels(figure)[token].get_window_extent()
        image = np.asarray(figure.canvas.buffer_rgba())[::-1]
        return image[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1), 0]

    assert pixels("영").shape == pixels("화").shape
    assert not np.array_equal(pixels("영"), pixels("화"))


def test_text_with_dollar_signs_is_not_parsed_as_math() -> None:
    figure = tovec.plot(Embedding.random(["$x$", "a_b"], 3), title="$y$")
    assert not any(text.get_parse_math() for text in [*labels(figure).values(), figure.axes[0].title])


def test_labels_follow_their_points_when_the_axes_rotate() -> None:
    figure = tovec.plot(four())
    (axes,) = figure.axes
    axes.view_init(elev=60, azim=120)
    figure.canvas.draw()
    for label, box in zip(labels(figure).values(), boxes(figure), strict=True):
        x, y, _ = proj3d.proj_transform(*label.point, axes.get_proj())
        at_x, at_y = axes.transData.transform((x, y))
        assert abs((box.x0 + box.x1) / 2 - at_x) < 100
        assert abs((box.y0 + box.y1) / 2 - at_y) < 50


def test_a_unit_is_equally_long_on_every_axis() -> None:
    wide = Embedding(["a", "b"], np.array([[0, 0, 0], [10, 1, 4]], dtype=np.float32))
    axes = tovec.plot(wide, dims=2).axes[0]
    origin, right, up = axes.transData.transform([(0, 0), (1, 0), (0, 1)])
    assert right[0] - origin[0] == pytest.approx(up[1] - origin[1])
    axes = tovec.plot(wide).axes[0]
    lengths = np.ptp([axes.get_xlim(), axes.get_ylim(), axes.get_zlim()], axis=1)
    np.testing.assert_allclose(lengths / lengths[0], axes._box_aspect / axes._box_aspect[0])


@pytest.mark.parametrize("size", [(8.0, 6.4), (12.0, 5.0), (4.0, 7.0)])
def test_the_box_with_its_names_fits_on_the_page(size: tuple[float, float]) -> None:
    figure = tovec.plot(Embedding.random(KOREAN, 3), size=size)
    figure.canvas.draw()
    page = figure.bbox
    for axis in (figure.axes[0].xaxis, figure.axes[0].yaxis, figure.axes[0].zaxis):
        box = axis.get_tightbbox(figure.canvas.get_renderer())
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


@pytest.mark.parametrize("size", [(8.0, 6.4), (8.0, 3.0), (4.0, 7.0)])
def test_the_names_of_two_axes_fit_on_the_page(size: tuple[float, float]) -> None:
    figure = tovec.plot(Embedding.random(KOREAN, 3), dims=2, size=size)
    figure.canvas.draw()
    page, axes = figure.bbox, figure.axes[0]
    for part in (axes.xaxis, axes.yaxis, axes.title):
        box = part.get_tightbbox(figure.canvas.get_renderer())
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


@pytest.mark.parametrize("size", [(8, 2.4), (4, 7)])
def test_labels_in_three_dimensions_are_whole_on_a_page_of_any_shape(size: tuple[float, float]) -> None:
    names = ["MMMMMMMMMMMMMMMM", "a", "b", "c"]
    figure = tovec.plot(tovec.Embedding(names, np.eye(4, 3, dtype=np.float32)), size=size)
    label = labels(figure)[names[0]]
    box = label.get_window_extent()
    drawn = []
    for is_shown in (True, False):
        label.set_visible(is_shown)
        figure.canvas.draw()
        drawn.append(np.array(figure.canvas.buffer_rgba()))
    columns = np.flatnonzero((drawn[0] != drawn[1]).any(axis=(0, 2)))
    assert columns[0] < box.x0 + 4
    assert columns[-1] > box.x1 - 4


@pytest.mark.parametrize("dim", [1, 2])
def test_vectors_of_zeros_are_drawn_within_a_unit(dim: int) -> None:
    (axes,) = tovec.plot(tovec.Embedding(["a", "b"], np.zeros((2, dim), np.float32))).axes
    assert 1 <= axes.get_xlim()[1] <= 2
    assert axes.get_ylim()[0] == pytest.approx(-axes.get_ylim()[1])


def test_equal_vectors_are_drawn_at_one_place_and_labeled_apart() -> None:
    figure = tovec.plot(Embedding(KOREAN, np.ones((10, 50))))
    (axes,) = figure.axes
    places = np.array([label.point for label in labels(figure).values()])
    assert places.shape == (10, 3)
    np.testing.assert_array_equal(places, np.zeros((10, 3)))
    assert len({label.xyann for label in labels(figure).values()}) == 10
    figure.canvas.draw()
    x, y = in_pixels(axes, [[0, 0, 0]])[0]
    dot = np.asarray(figure.canvas.buffer_rgba())[::-1][round(y) + 2, round(x) + 6]  # beside leader lines
    assert to_hex(dot / 255) == ACCENT


def test_fifty_thousand_tokens_are_a_small_svg() -> None:
    figure = tovec.plot(many(50_000))
    content = saved(figure, "svg")
    assert b"<image" in content  # the cloud, as pixels
    assert len(content) < 3_000_000
    assert 20 <= len(labels(figure)) <= 80


def test_user_settings_neither_matter_nor_change() -> None:
    before = dict(matplotlib.rcParams)
    plain = saved(tovec.plot(four()), "png")
    with matplotlib.rc_context({"font.family": "serif", "text.usetex": True, "axes.facecolor": "black"}):
        figure = tovec.plot(four())
    assert saved(figure, "png") == plain
    assert dict(matplotlib.rcParams) == before


def test_the_user_layout_setting_does_not_move_the_axes() -> None:
    with matplotlib.rc_context({"figure.constrained_layout.use": True, "savefig.bbox": "tight"}):
        figure = tovec.plot(four())
        saved(figure, "png")
        saved(figure, "png")
    assert saved(figure, "png") == saved(tovec.plot(four()), "png")


def test_pyplot_is_not_loaded() -> None:
    code = """
import sys, tovec
tovec.plot(tovec.Embedding.random(["a", "b"], 3))
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_notebook_shows_the_figure() -> None:
    figure = tovec.plot(four())
    assert figure._repr_png_() == saved(figure, "png")


def test_the_figure_is_one_of_matplotlib(tmp_path: Path) -> None:
    figure = tovec.plot(four(), size=(5, 4))
    assert isinstance(figure, matplotlib.figure.Figure)
    assert isinstance(figure.canvas, FigureCanvasAgg)
    assert figure.get_size_inches().tolist() == [5, 4]
    figure.savefig(tmp_path / "four.png", dpi=50)
    assert (tmp_path / "four.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dims": 4}, "dims must be 2 or 3, not 4"),
        ({"dims": 1}, "dims must be 2 or 3, not 1"),
        ({"method": "som"}, "method must be one of none, pca, umap, tsne, not 'som'"),
        ({"tokens": ["cat", "dgo"]}, "token 'dgo' is not in the vocabulary; nearest spellings: 'dog'"),
        ({"tokens": []}, "there are no tokens to draw"),
        ({"tokens": "cat"}, "tokens must be a list of tokens, not 'cat'"),
        ({"size": (0, 4)}, "size must be width and height in inches"),
        ({"size": (4,)}, "size must be width and height in inches"),
        ({"max_labels": -1}, "max_labels must be at least 0, not -1"),
    ],
)
def test_a_setting_out_of_range_raises_one_line(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TovecError, match=re.escape(message)) as caught:
        tovec.plot(four(), **settings)
    assert "\n" not in str(caught.value)


def test_three_dimensions_of_a_table_of_two_are_refused() -> None:
    with pytest.raises(TovecError, match="dims must be at most 2"):
        tovec.plot(four(2), dims=3)


@pytest.mark.parametrize("n_tokens", [4, 200])
def test_one_dimension_is_a_number_line(n_tokens: int) -> None:
    embedding = four(1) if n_tokens == 4 else many(n_tokens, 1)
    figure = tovec.plot(embedding)
    (axes,) = figure.axes
    assert axes.get_title() == f"{n_tokens} tokens in 1 dimension"
    assert axes.get_xlabel() == "dimension 1"
    assert axes.xaxis.get_visible()
    assert not axes.yaxis.get_visible()
    drawn = np.concatenate([dots.get_offsets() for dots in axes.collections])
    np.testing.assert_array_equal(np.sort(drawn[:, 0]), np.sort(embedding.vectors[:, 0]))
    assert not drawn[:, 1].any()
    assert labels(figure)
    assert n_overlaps(boxes(figure)) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dims": 3}, "dims must be 2 for vectors of one dimension, not 3"),
        ({"method": "umap"}, "method must be none for vectors of one dimension, not 'umap'"),
    ],
)
def test_there_is_nothing_else_to_draw_of_one_dimension(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TovecError, match=re.escape(message)):
        tovec.plot(four(1), **settings)


def test_an_empty_embedding_cannot_be_drawn() -> None:
    with pytest.raises(TovecError, match="no tokens to draw"):
        tovec.plot(Embedding([], np.zeros((0, 3))))


@pytest.mark.parametrize("n_tokens", [3, 200])
def test_tokens_whose_vectors_are_not_finite_are_left_out_and_named(n_tokens: int) -> None:
    names = [f"t{row}" for row in range(n_tokens)]
    vectors = np.random.default_rng(0).standard_normal((n_tokens, 3))
    vectors[1, 2] = np.nan
    figure = tovec.plot(Embedding(names, vectors))
    assert (
        figure.left_out
        == "1 token whose vectors hold NaN, infinity or too large numbers is left out of the picture: 't1'"
    )
    assert figure.n_drawn == n_tokens - 1
    alone = tovec.plot(Embedding(names, vectors), tokens=[*names[:1], *names[2:]])
    assert alone.left_out is None
    assert set(labels(figure)) == set(labels(alone))


def test_tokens_that_stand_for_no_text_are_labeled_last() -> None:
    names = [f"<unused{row}>" for row in range(90)] + [f"word{row}" for row in range(90)]
    vocabulary = Vocabulary(names, special=range(90))
    vectors = np.random.default_rng(0).standard_normal((180, 2)).astype(np.float32)
    written = labels(tovec.plot(Embedding(vocabulary, vectors), max_labels=6))
    assert written and all(label.startswith("word") for label in written)
