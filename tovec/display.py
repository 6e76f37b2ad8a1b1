"""What a notebook shows of a table: its size, where it comes from, its first tokens and a small map, as HTML.

The map is drawn here as SVG, of a few hundred tokens, so that a table of any size is shown at once; nothing
in it runs. Text has the color of the notebook, so light and dark ones show it alike.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import TovecError
from tovec.escapes import one_line
from tovec.text.importance import first_by_importance
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.cosine import unit_rows
from tovec.vectors.derived import are_costly, is_in_memory, stored_type
from tovec.vectors.table import Vectors

N_DRAWN, N_LISTED, N_LABELS = 300, 12, 40  # tokens
WIDTH, HEIGHT, MARGIN = 360, 220, 14  # of the map, in pixels
LETTER, LINE = 6.0, 12  # of a label: the width of a Latin letter, and the height, in pixels
SUBSPACE, STEPS = 8, 20  # of the search for the axes of the map
LONGEST = 24  # characters of a token that are shown
SOURCE = ("made_by", "objective", "format", "file", "source")  # of the provenance, as far as it is there
POINT = "#6c7ae0"  # stands out from white and from black
# Overrides the notebook's own style of images and tables.
STYLE = "display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;font:13px/1.5 system-ui,sans-serif"
BORDER = "border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:6px"
# A notebook that is not trusted yet removes what draws, and would leave the labels as one word.
_MAP_BEGIN = '<div style="font-size:0px">'

Points = NDArray[np.float64]


Box = tuple[float, float, float, float]


class Label(NamedTuple):
    """A token on the map, with the place of its left end and of its base line, in pixels."""

    x: float
    y: float
    text: str


def table_card(
    kind: str,
    vocabulary: Vocabulary,
    vectors: Vectors,
    provenance: Mapping[str, Any],
    facts: Sequence[tuple[str, str]] = (),
) -> str:
    """Return a table as HTML; foreign text in it is escaped. facts: more about it, with their names."""
    n, dim = len(vocabulary), vectors.shape[1]
    ids = first_by_importance(vocabulary, N_DRAWN)
    order = "most frequent" if vocabulary.counts is not None else "tokens"
    first = " · ".join(shown(vocabulary, row) for row in ids[:N_LISTED])
    place = "in memory" if is_in_memory(vectors) else "read on demand"
    rows = [
        *facts,
        ("source", ", ".join(str(provenance[name]) for name in SOURCE if name in provenance)),
        ("numbers", f"{stored_type(vectors)}, {place}"),
        (order, first + " …" * (n > N_LISTED)),
    ]
    title = f"{kind}: {counted(n, 'token')} × {counted(dim, 'dimension')}"
    return f'<div style="{STYLE}">{facts_html(title, rows)}{_map(vocabulary, vectors, ids)}</div>'


def facts_html(title: str, facts: Sequence[tuple[str, str]]) -> str:
    """Return a title and facts under it, those that are not empty, as HTML."""
    lines = "".join(
        f'<div><span style="opacity:.65">{name}</span> {html.escape(one_line(fact))}</div>'
        for name, fact in facts
        if fact
    )
    return f'<div style="flex:1 1 260px;max-width:520px"><strong>{html.escape(title)}</strong>{lines}</div>'


def shown(vocabulary: Vocabulary, row: int) -> str:
    """Return a token as people read it, shortened where it is long; hidden characters are escaped."""
    text = one_line(vocabulary.readable(row))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _map(vocabulary: Vocabulary, vectors: Vectors, ids: Sequence[int]) -> str:
    """Return the map of these tokens as SVG; nothing where rows are costly or all are in one place."""
    if are_costly(vectors):
        return ""
    try:
        units = unit_rows(np.asarray(vectors[np.array(ids, dtype=np.int64)], dtype=np.float32))
    except (TovecError, OSError):  # of a file that has changed; who asks for a vector gets the error
        return ""
    has_direction = units.any(axis=1)
    drawn = [ids[place] for place in np.flatnonzero(has_direction).tolist()]
    if len(drawn) < 2:
        return ""
    places = _in_frame(_first_axes(units[has_direction]))
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>' for x, y in places.tolist())
    texts = " ".join(
        f'<text x="{x:.1f}" y="{y:.1f}">{html.escape(text)}</text>'
        for x, y, text in _labels([shown(vocabulary, row) for row in drawn[: 4 * N_LABELS]], places)
    )
    about = f"{counted(len(drawn), 'token')} along the first two principal components of their directions"
    return (
        f'{_MAP_BEGIN}<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{about}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" style="max-width:100%;{BORDER}">'
        f"<title>{about}</title>"
        f'<g fill="{POINT}" fill-opacity=".75">{dots}</g>'
        f'<g fill="currentColor" font-size="10.5" font-family="system-ui,sans-serif">{texts}</g></svg></div>'
    )


def _first_axes(units: Points) -> Points:
    """Return the rows along their first two principal components, (n, 2), as exact as a small map needs it.

    By some steps of subspace iteration on the products of rows, since a full decomposition of even so few
    rows takes longer than a notebook should wait for a value.
    """
    centered = units - units.mean(axis=0)
    products = centered @ centered.T
    basis = np.random.default_rng(0).standard_normal((len(units), min(len(units), SUBSPACE)))
    for _ in range(STEPS):
        basis, _ = np.linalg.qr(products @ basis)
    variances, mixes = np.linalg.eigh(basis.T @ products @ basis)
    directions = (basis @ mixes)[:, :-3:-1]
    return np.asarray(directions * np.sqrt(variances[:-3:-1].clip(0.0)))


def _in_frame(points: Points) -> Points:
    """Return the points as pixels of the map; the scales of its axes differ by no more than half."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * MARGIN
    scale = room / np.maximum(high - low, 1e-12)
    scale = np.minimum(scale, 1.5 * scale.min())
    centered = (points - (low + high) / 2) * scale * [1, -1]
    return np.asarray(centered + np.array([WIDTH, HEIGHT]) / 2)


def _labels(texts: Sequence[str], places: Points) -> list[Label]:
    """Return labels for the first tokens that have room beside their points, in this order."""
    taken: list[Box] = []
    labels: list[Label] = []
    for text, (x, y) in zip(texts, places.tolist(), strict=False):
        width = sum(LETTER if ord(letter) < 0x1100 else 1.8 * LETTER for letter in text)
        left = x + 5 if x + 5 + width <= WIDTH - 2 else x - 5 - width
        box = (left, y - LINE / 2, left + width, y + LINE / 2)
        is_inside = left >= 2 and LINE <= y <= HEIGHT - 4
        if is_inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            labels.append(Label(left, y + LINE / 3, text))
        if len(labels) == N_LABELS:
            break
    return labels


def _overlap(a: Box, b: Box) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
