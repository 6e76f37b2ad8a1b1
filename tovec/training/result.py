"""What a run has learned, as an embedding that says how it was made."""

import math
import os
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.text.recorded_text import record_of
from tovec.text.vocabulary import Vocabulary
from tovec.training.objective import Objective
from tovec.training.request import Request
from tovec.training.schedule import Position


class ResultBuilder:
    """Builds the embedding of a moment of a run. digest: of the text."""

    def __init__(self, corpus: Corpus, request: Request, objective: Objective, digest: str) -> None:
        self.corpus, self.request, self.objective, self.digest = corpus, request, objective, digest
        self._old = request.old
        self.vocabulary = result_vocabulary(corpus, request.old)

    def embedding(self, position: Position) -> Embedding:
        """Return what has been learned so far."""
        return Embedding(
            self.vocabulary,
            self.objective.vectors(),
            self.corpus.tokenizer,
            outputs=self.objective.outputs(),
            state=self.objective.state(),
            ngrams=self.objective.ngram_table(),
            provenance=self._provenance(position),
        )

    def _provenance(self, position: Position) -> dict[str, Any]:
        corpus, config = self.corpus, self.request.config
        return {
            **self._version_and_date(),
            "objective": config.entry.title,
            "settings": self.request.provenance_settings,
            "chosen": dict(self.request.chosen),
            "text_digest": self.digest,
            **self._text(),
            "documents": corpus.n_documents,
            "tokens_read": corpus.n_read,
            "tokens_in_vocabulary": len(corpus.ids),
            "bad_bytes_replaced": corpus.n_replaced,
            **({"rows_without_text": corpus.n_missing} if config.column is not None else {}),
            "epochs": int(position.epochs) if position.epochs.is_integer() else position.epochs,
            "interrupted": position.interrupted,
            "losses": [None if math.isnan(loss) else loss for loss in position.mean_losses()],
            **self.objective.facts(position.validation_losses[-1] if position.validation_losses else None),
            **({"validation_losses": position.validation_losses} if position.validation_losses else {}),
            **({"continued_from": self._old.provenance} if self._old is not None else {}),
        }

    def _version_and_date(self) -> dict[str, str]:
        """Return what made this, and when; no date of a deterministic run: equal ones give equal bytes."""
        found: dict[str, str] = {}
        with suppress(PackageNotFoundError):  # sources that nobody has installed
            found["tovec"] = version("tovec")
        if not self.request.config.deterministic:
            epoch = os.environ.get("SOURCE_DATE_EPOCH", "")  # of reproducible builds, reproducible-builds.org
            now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
            found["date"] = now.isoformat(timespec="seconds")
        return found

    def _text(self) -> dict[str, Any]:
        """Return where the text lies; nothing of a run that goes on from another, which was of more text."""
        record = None if self._old is not None else record_of(self.request.documents)
        return {} if record is None else {"text": record}


def result_vocabulary(corpus: Corpus, old: Embedding | None) -> Vocabulary:
    """Return the vocabulary; of a run that goes on from `old`, counted over the old text and the new."""
    vocabulary = corpus.vocabulary
    if old is None or old.vocabulary.counts is None or vocabulary.counts is None:
        return vocabulary
    counts = vocabulary.counts.copy()
    counts[: len(old)] += old.vocabulary.counts
    return vocabulary.with_counts(counts)
