"""Why two tokens are near: their cosine as a sum over named axes, and the text that made them so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.counted import counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, NoDirection
from tovec.foreign_names import explains_keywords
from tovec.measures.evidence import WINDOW, Evidence, evidence
from tovec.measures.independent_axes import IndependentAxes, independent_axes
from tovec.progress import Reporter
from tovec.text.training_input import TextInput, texts_of_column
from tovec.vectors.cosine import unit_rows, why_no_direction

NAMING_TOKENS = 5  # that name an axis
SIGNIFICANT = 0.05  # of a p-value times the number of axes
TAIL_STEPS, TAIL_END = 2000, 40.0  # of an integral whose last terms are below what float64 holds


@dataclass(frozen=True)
class AxisShare:
    """What one axis adds to a cosine.

    axis: its number, from 1, by skewness. tokens: those farthest along it, which name it. contribution:
    a · b, where the two lie along it, seen from the mean of all. p: how likely two tokens that have nothing
    to do with the axis have a product as far from 0, on that side. is_significant: whether that is too far to
    be a chance among all axes.
    """

    axis: int
    tokens: Sequence[str]
    contribution: float
    a: float
    b: float
    p: float
    is_significant: bool


@dataclass(frozen=True)
class Why:
    """Why two tokens are near; it has as many items as `results`, the greatest contribution first.

    similarity: their cosine. It is the sum of all contributions, of `mean`, which is what they get from the
    mean of all rows, and of `outside`, what lies in directions that no axis has. evidence: what a text says;
    None without one.
    """

    a: str
    b: str
    similarity: float
    results: Sequence[AxisShare]
    mean: float
    outside: float
    converged: bool
    evidence: Evidence | None

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Any:
        return iter(self.results)


@explains_keywords()
def why(
    embedding: Embedding,
    a: str,
    b: str,
    *,
    text: TextInput | None = None,
    column: str | None = None,
    window: int | None = None,
    contexts: int = 10,
    lines: int = 4,
    seed: int = 0,
    axes: IndependentAxes | None = None,
    report: Reporter | None = None,
) -> Why:
    """Return why the tokens `a` and `b` are near: their cosine as a sum over axes, and lines of a text.

    The axes are those of an independent component analysis of the most frequent rows; the tokens farthest
    along an axis name it. Contributions, `mean` and `outside` add up to the cosine. An axis is significant
    where its product is too large for two normal numbers of its spread, p · (number of axes) < 0.05.
    text: what the vectors were trained on, a path or texts as `tovec.train` takes them. With it, `evidence`
    has the contexts that both tokens share, and lines with them. column: of tables, the one that holds it.
    window: how many tokens on each side are context; that of the training where it is known, else 5.
    contexts, lines: how many of the contexts, and lines of each kind, are kept. axes: what
    `tovec.measures.independent_axes.independent_axes` gave, which takes some seconds, for several questions.
    Raises UnknownToken, NoDirection for a row of zeros, and TovecError for a table of a few rows.

    >>> embedding = tovec.Embedding.random([f"w{n}" for n in range(500)], 10)
    >>> found = tovec.why(embedding, "w1", "w2")
    >>> total = sum(share.contribution for share in found) + found.mean + found.outside
    >>> round(total - found.similarity, 9)
    0.0
    """
    check_embedding("embedding", embedding)
    both = np.stack([embedding[a], embedding[b]])
    for token, row in zip((a, b), both, strict=True):
        reason = why_no_direction(row)
        if reason is not None:
            raise NoDirection(f"token {token!r} has no direction: its row {reason}")
    used_window = window_of(embedding, window)
    contexts, lines = whole_number("contexts", contexts, 0), whole_number("lines", lines, 0)
    seed = whole_number("seed", seed, 0)
    # Before the axes, which take some seconds: a text that is not there is reported at once.
    found = None
    if text is not None:
        documents = texts_of_column(text, column)
        found = evidence(embedding, a, b, documents, used_window, contexts, lines, report)
    axes = independent_axes(embedding, seed=seed, report=report) if axes is None else axes
    if not isinstance(axes, IndependentAxes):
        raise BadSetting("axes", axes, "what independent_axes gives")
    if len(axes.mean) != both.shape[1]:
        raise BadSetting("axes", f"of {counted(len(axes.mean), 'dimension')}", "those of this table")
    unit = unit_rows(both)
    centered = unit - axes.mean
    along = centered @ axes.directions
    rest = centered - along @ axes.directions.T
    contributions = along[0] * along[1]
    p_values = product_tail(contributions / axes.spread**2)
    results = [
        AxisShare(
            axis=at + 1,
            tokens=[embedding.vocabulary.tokens[row] for row in axes.farthest(at, NAMING_TOKENS).tolist()],
            contribution=float(contributions[at]),
            a=float(along[0, at]),
            b=float(along[1, at]),
            p=float(p_values[at]),
            is_significant=bool(p_values[at] * axes.n_axes < SIGNIFICANT),
        )
        for at in np.argsort(-contributions, kind="stable").tolist()
    ]
    return Why(
        a=a,
        b=b,
        similarity=float(unit[0] @ unit[1]),
        results=results,
        mean=float(axes.mean @ (unit[0] + unit[1] - axes.mean)),
        outside=float(rest[0] @ rest[1]),
        converged=axes.converged,
        evidence=found,
    )


def product_tail(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely the product of two standard normal numbers is beyond each of `products`, (n,).

    Beyond is farther from 0 on the same side, so 0 has a half. Formula: ∫ K₀(u)/π du from |product| on, with
    K₀ the Bessel function (arXiv:2406.10984, section 5), which is ∫ exp(−|product| cosh v) / cosh v dv / π
    from 0 on.
    """
    steps = np.linspace(0.0, TAIL_END, TAIL_STEPS)
    hyperbolic = np.cosh(steps)
    weights = np.full(TAIL_STEPS, steps[1])
    weights[0] /= 2  # the trapezoidal rule, whose error falls exponentially here
    with np.errstate(under="ignore"):
        found = np.exp(-np.abs(products)[:, None] * hyperbolic) @ (weights / hyperbolic)
    return np.asarray(found / np.pi)


def window_of(embedding: Embedding, window: int | None = None) -> int:
    """Return the window that is asked for, else that of the training, else WINDOW."""
    if window is not None:
        return whole_number("window", window, 1)
    settings = embedding.provenance.get("settings")
    trained = settings.get("window") if isinstance(settings, dict) else None
    return trained if isinstance(trained, int) and trained > 0 else WINDOW
