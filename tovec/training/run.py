"""Texts or files to an embedding: read, train, note how it was made."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack, cast

from tovec.embedding import Embedding
from tovec.errors import BadText, EmptyCorpus
from tovec.text.corpus import Corpus, build_corpus
from tovec.text.documents import Documents, Texts
from tovec.text.inputs import STDIN
from tovec.text.tokenizers import Tokenizer, tokenizer_from_name
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.training.config import Settings, TrainConfig
from tovec.training.skipgram import Progress, Trained, train_skipgram

Inputs = str | Path | Sequence[str | Path] | Iterable[str]


class Reporter:
    """Told what a run is doing, from the calling thread. This one says nothing."""

    def reading(self, n_bytes: int | None) -> None:
        """Reading begins, of so many bytes (None: nobody knows)."""

    def read(self, n_bytes: int) -> None:
        """So many bytes more have been read."""

    def training(self, corpus: Corpus, documents: Documents | Texts) -> None:
        """All is read; training begins."""

    def trained(self, progress: Progress) -> None:
        """Training has come so far."""

    def finished(self, result: Trained) -> None:
        """Training has ended."""


def train(
    texts_or_paths: Inputs,
    *,
    work: Path | None = None,
    reporter: Reporter | None = None,
    **settings: Unpack[Settings],
) -> Embedding:
    """Train vectors on your own text and return them with their vocabulary and tokenizer.

    texts_or_paths: a path (a `str` or a `Path`: file, folder, glob, `-` for standard input), an
    list of `Path`, or any iterable of `str`, each of which is one document. settings: those of
    TrainConfig. work: where the id stream lies while the run lasts (None: a temporary folder); it
    is removed at the end. Ctrl-C ends training early and returns what has been learned.

    Raises BadText for text that cannot be read, EmptyCorpus when nothing is left to train on,
    BadSetting for a setting outside its range.
    """
    config = TrainConfig(**settings)
    reporter = reporter or Reporter()
    documents = documents_from(texts_or_paths, config)
    tokenizer = _tokenizer(config)
    with _work_folder(work) as folder:
        reporter.reading(documents.n_bytes() if isinstance(documents, Documents) else None)
        corpus = build_corpus(
            documents, tokenizer, folder, config.rules, threads=config.threads, on_read=reporter.read
        )
        _check_pairs(corpus)
        reporter.training(corpus, documents)
        result = train_skipgram(corpus, config, reporter.trained)
        reporter.finished(result)
        return Embedding(
            corpus.vocabulary,
            result.vectors,
            corpus.tokenizer,
            provenance=_provenance(corpus, config, result),
        )


def documents_from(texts_or_paths: Inputs, config: TrainConfig) -> Documents | Texts:
    """Return the documents that `train` reads. Raises BadText when a path leads nowhere."""
    if isinstance(texts_or_paths, str | Path):
        return _files([texts_or_paths], config)
    if not isinstance(texts_or_paths, Sequence):
        return Texts(texts_or_paths)
    if texts_or_paths and all(isinstance(item, Path) or item == STDIN for item in texts_or_paths):
        return _files(texts_or_paths, config)
    if texts_or_paths and all(len(str(item)) < 256 and Path(item).is_file() for item in texts_or_paths):
        raise BadText(
            f"{texts_or_paths[0]!r} is the name of a file, but strings in a list are documents; "
            "give pathlib.Path objects to read files"
        )
    return Texts(cast(Sequence[str], texts_or_paths))  # which refuses what is no string


def _files(inputs: Sequence[str | Path], config: TrainConfig) -> Documents:
    documents = Documents(tuple(inputs), config.document, config.encoding, config.errors)
    documents.paths()  # a name that leads nowhere is told before any work
    return documents


def _tokenizer(config: TrainConfig) -> Tokenizer | SubwordRecipe:
    if isinstance(config.tokenizer, str | Path):
        return tokenizer_from_name(config.tokenizer, lowercase=config.lowercase)
    return config.tokenizer


@contextmanager
def _work_folder(work: Path | None) -> Iterator[Path]:
    if work is None:
        with tempfile.TemporaryDirectory(prefix="tovec-") as folder:
            yield Path(folder)
        return
    made = not work.parent.exists()
    work.mkdir(parents=True, exist_ok=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if made and not any(work.parent.iterdir()):
            work.parent.rmdir()


def _check_pairs(corpus: Corpus) -> None:
    lengths = corpus.offsets[1:] - corpus.offsets[:-1]
    if lengths.max() < 2:
        raise EmptyCorpus(
            "no document has two tokens that are in the vocabulary, so no token has a context; "
            "use longer documents (--document file) or a lower --min-count"
        )


def _provenance(corpus: Corpus, config: TrainConfig, result: Trained) -> dict[str, Any]:
    return {
        "objective": "skip-gram with negative sampling",
        "settings": config.as_json(),
        "documents": corpus.n_documents,
        "tokens_read": corpus.n_read,
        "tokens_in_vocabulary": len(corpus.ids),
        "bad_bytes_replaced": corpus.n_replaced,
        "epochs": result.epochs,
        "interrupted": result.interrupted,
        "losses": result.losses,
    }
