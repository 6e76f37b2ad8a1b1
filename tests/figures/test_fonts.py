"""Hangul on a machine without a Korean font, and labels for tokens that have no look."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from tovec.figures import fonts
from tovec.figures.fonts import BOLD, REGULAR, drawable, families, shown


def drawn(text: str, properties: font_manager.FontProperties) -> Any:
    """The pixels of `text`, cut to what is drawn."""
    figure = Figure(figsize=(2, 1), dpi=100)
    canvas = FigureCanvasAgg(figure)
    figure.text(0.1, 0.4, text, fontproperties=properties, size=30)
    canvas.draw()
    dark = np.asarray(canvas.buffer_rgba())[:, :, 0] < 128
    return dark[dark.any(axis=1)][:, dark.any(axis=0)]


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_bundled_fonts_have_every_hangul_syllable(weight: str) -> None:
    font = FT2Font(str(fonts.FONTS / f"Pretendard-{weight}.ttf"))
    syllables = [chr(code) for code in range(ord("가"), ord("힣") + 1)]
    assert len(syllables) == 11_172
    assert all(font.get_char_index(ord(c)) for c in [*syllables, *"ㄱㅋㅎㅏㅣ"])


def test_the_license_of_the_fonts_is_bundled() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts.FONTS / "LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_hangul_is_drawn_as_hangul_and_not_as_boxes() -> None:
    dejavu = font_manager.FontProperties(family=["DejaVu Sans"])
    assert np.array_equal(drawn("영", dejavu), drawn("화", dejavu)), "without Hangul all are the same box"

    ours = font_manager.FontProperties(family=list(families()))
    young, hwa, both = (drawn(text, ours) for text in ("영", "화", "영화"))
    assert not np.array_equal(young, hwa)
    assert not np.array_equal(young, drawn("영", dejavu))
    assert both.sum() == pytest.approx(young.sum() + hwa.sum(), rel=0.1)


def test_the_first_family_is_drawn_with_the_bundled_file() -> None:
    families()
    for weight, name in ((REGULAR, "Regular"), (BOLD, "Bold")):
        found = font_manager.findfont(font_manager.FontProperties(family=["Pretendard"], weight=weight))
        assert Path(found).name == f"Pretendard-{name}.ttf"


@pytest.mark.parametrize("weight", [REGULAR, BOLD])
def test_all_families_are_installed_so_matplotlib_logs_nothing(
    weight: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="matplotlib"):
        drawn("a영", font_manager.FontProperties(family=list(families(weight)), weight=weight))
    assert not caplog.records
    assert families(weight)[:2] == ("Pretendard", "DejaVu Sans")


def test_without_the_bundled_fonts_text_is_still_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "families", lambda weight=REGULAR: ("DejaVu Sans",))
    assert drawable("cat") == "cat"
    assert drawable("영화") == "U+C601 U+D654"


@pytest.mark.parametrize(
    ("token", "label"),
    [
        ("cat", "cat"),
        ("영화", "영화"),
        ("\u110b\u1167\u11bc", "영"),  # decomposed
        ("\u11ab다", "ㄴ다"),  # a Korean ending
        ("\u11af", "ㄹ"),
        ("", "(empty)"),
        (" ", "␣"),
        ("  ", "␣␣"),
        (" the", "␣the"),
        ("the ", "the␣"),
        ("New York", "New York"),
        ("a  b", "a␣␣b"),
        ("\n", "⏎"),
        ("\t\n", "⇥⏎"),
        ("\r", "U+000D"),
        ("\x00", "U+0000"),
        ("\u200d", "U+200D"),
        ("\u00a0", "U+00A0"),
        ("a\u200bb", "a U+200B b"),
        ("\ud800", "U+D800"),
        ("\u0301", "◌\u0301"),
        ("e\u0301", "é"),
        ("Ġthe", "Ġthe"),
        ("▁of", "▁of"),
        ("$x_1^2$", "$x_1^2$"),
        ("\\alpha", "\\alpha"),
        ("\U00013000", "U+13000"),  # a hieroglyph
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
        ("\n" * 1000, "⏎" * 19 + "…"),
    ],
)
def test_a_label_makes_the_token_visible(token: str, label: str) -> None:
    assert shown(token) == label
