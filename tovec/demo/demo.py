"""The demo: train on the documentation inside the running Python, draw its content words, find neighbors."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tovec.demo import python_docs
from tovec.demo.content_words import content_words
from tovec.embedding import Embedding, Neighbor
from tovec.figures.figure import plot, save_figure
from tovec.progress import Note, Reporter, silent
from tovec.training.run_folder import Run, train_into

if TYPE_CHECKING:
    from tovec.training.config import Settings

TITLE = "Words of Python's documentation"
QUERIES = ("list", "file", "error", "thread")
N_NEIGHBORS = 8
# Chosen by reading the neighbors, all of them, so that the demo stays as it is.
SETTINGS: "Settings" = {
    "dim": 64,
    "window": 5,
    "negative": 5,
    "min_count": 15,
    "epochs": 40,
    "learning_rate": 0.05,
    "sample": 3e-3,
}


@dataclass(frozen=True)
class Demo:
    """What `make_demo` made. neighbors: of each of QUERIES. figure_path: None if training was interrupted."""

    embedding: Embedding
    figure_path: Path | None
    neighbors: dict[str, list[Neighbor]]


def make_demo(folder: Path, report: Reporter = silent, train: Callable[..., Run] = train_into) -> Demo:
    """Train on Python's documentation; save the embedding and a figure of its words in `folder`.

    train: called in the place of `train_into`. Ctrl+C ends training early; then what has been learned is
    saved, and nothing is drawn. Raises BadText for a Python without source of its standard library,
    CannotSave as `train_into`.
    """
    report(Note("reading the docstrings and comments of Python's standard library …"))
    embedding = train(folder, python_docs.python_docs(), reporter=report, **SETTINGS).embedding
    if embedding.provenance["interrupted"]:
        return Demo(embedding, None, {})
    figure = plot(embedding, dims=3, tokens=content_words(embedding), title=TITLE)
    figure_path = save_figure(figure, folder / "figure.png")
    return Demo(embedding, figure_path, {token: embedding.neighbors(token, N_NEIGHBORS) for token in QUERIES})
