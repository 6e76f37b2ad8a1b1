import pytest

import tovec
from tovec.errors import CannotSave
from tovec.figures.figure import save_figure


@pytest.fixture(scope="module")
def figure():
    return tovec.plot(tovec.Embedding.random(["cat", "개", "sat"], 3, seed=0))


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")])
def test_the_suffix_names_the_format(figure, tmp_path, suffix, start):
    assert save_figure(figure, tmp_path / f"a{suffix}").read_bytes().startswith(start)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_equal_figures_give_equal_bytes(figure, tmp_path, suffix):
    again = tovec.plot(tovec.Embedding.random(["cat", "개", "sat"], 3, seed=0))
    written = [
        save_figure(each, tmp_path / f"{n}{suffix}").read_bytes() for n, each in enumerate((figure, again))
    ]
    assert written[0] == written[1]
    assert b"Date" not in written[0]
    assert b"dc:date" not in written[0]


def test_other_suffixes_are_refused(figure, tmp_path):
    for name in ("a.bmp", "a"):
        with pytest.raises(CannotSave, match=r"the suffix of a figure is \.png, \.svg, \.pdf"):
            save_figure(figure, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_that_name_is_not_overwritten(figure, tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(CannotSave, match=r"a\.png.*folder"):
        save_figure(figure, tmp_path / "a.png")
