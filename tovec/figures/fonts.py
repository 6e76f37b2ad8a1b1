"""The fonts of figures: Hangul on every machine, and never a box for a missing glyph.

Pretendard (SIL Open Font License 1.1) comes with the package and has Latin, Greek, Cyrillic, kana and
Hangul; DejaVu Sans comes with matplotlib. Han and other scripts need a system font. A character that no
font has is written as its code point.
"""

import re
import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from tovec.text.jamo import standing_alone

FONTS = Path(__file__).parents[1] / "server" / "static" / "fonts"  # built together with the page
BUNDLED = "Pretendard"

# Widely installed families with scripts that the two above lack; those that are installed are used.
SYSTEM_FAMILIES = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans KR",
    "NanumGothic",
    "Apple SD Gothic Neo",
    "Hiragino Sans",
    "PingFang SC",
    "Malgun Gothic",
    "Yu Gothic",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Segoe UI Symbol",
    "Noto Sans Arabic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)

REGULAR, BOLD = 400, 700

SYMBOLS = {" ": "␣", "\n": "⏎", "\t": "⇥"}
EMPTY = "(empty)"
INVISIBLE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs")
MAX_SHOWN = 20


@cache
def families(weight: int = REGULAR) -> tuple[str, ...]:
    """Return the families to draw with, in the order in which they are tried; all have that weight.

    The bundled fonts are added to matplotlib's font manager; its settings do not change.
    """
    _add_bundled()
    known = {font.name for font in font_manager.fontManager.ttflist if _number(font.weight) == weight}
    wanted = (BUNDLED, "DejaVu Sans", *SYSTEM_FAMILIES)
    return tuple(family for family in wanted if family in known and _characters(family, weight))


@cache
def _add_bundled() -> None:
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)


def _number(weight: int | str) -> int:
    return font_manager.weight_dict[weight] if isinstance(weight, str) else weight


@cache
def _characters(family: str, weight: int) -> frozenset[int]:
    """Return the code points that a family has glyphs for; none when its file cannot be used."""
    try:
        path = font_manager.findfont(font_manager.FontProperties(family=[family], weight=weight))
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError, ValueError):  # a font of colored bitmaps, a damaged file
        return frozenset()


def drawable(text: str, weight: int = REGULAR) -> str:
    """Return `text` in NFC; characters without a glyph and invisible ones become code points: U+200B.

    Parts of Hangul syllables that stand alone are drawn as letters.
    """
    runs = groupby(standing_alone(text), lambda character: _is_visible(character, weight))
    return " ".join(
        "".join(run) if visible else " ".join(f"U+{ord(c):04X}" for c in run) for visible, run in runs
    )


def _is_visible(character: str, weight: int) -> bool:
    if " " <= character <= "~" or character == "\n":
        return True
    if unicodedata.category(character) in INVISIBLE:
        return False
    return any(ord(character) in _characters(family, weight) for family in families(weight))


def shown(token: str) -> str:
    """Return `token` as a label shows it: NFC, one line, never empty, at most MAX_SHOWN characters.

    Leading, trailing and repeated spaces, line ends and tabs become symbols; a combining mark at the start
    gets a dotted circle.
    """
    if not token:
        return EMPTY
    visible = re.sub(r"(?<!\S) | (?!\S)|\n|\t", lambda space: SYMBOLS[space[0]], token[: 4 * MAX_SHOWN])
    if unicodedata.category(visible[0]).startswith("M"):
        visible = "◌" + visible
    text = drawable(visible)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
