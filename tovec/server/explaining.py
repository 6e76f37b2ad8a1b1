"""Why two tokens are near, as the page reads it: a cosine as a sum over axes, and what a text says.

The axes of a table are computed at the first question, once for the session, and are kept in memory alone:
they follow from the table and take up to 25 MB, so a file beside a saved folder would be a second truth that
has to be checked against the first.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.measures.independent_axes import STAGE, IndependentAxes, independent_axes
from tovec.progress import Event, Reporter, Stage
from tovec.server.jobs import Check, Emit, Step, in_turn
from tovec.text.column_files import ColumnDocuments
from tovec.text.documents import Documents
from tovec.text.recorded_text import recorded_text
from tovec.text.training_input import TextInput, documents_from

if TYPE_CHECKING:
    from tovec.measures.evidence import Evidence
    from tovec.measures.why import Why

CONTEXTS, LINES = 8, 3  # of evidence; lines of each kind
NAMING_TOKENS = 5
NO_TEXT = "no text is known for this table; `tovec view SOURCE --text FILE` names the one it was trained on"
CHANGED = "{name} is not the text of this table anymore; `tovec view SOURCE --text FILE` names another one"


@dataclass(frozen=True)
class Question:
    """What is asked about the tokens with ids `a` and `b`; "axes" is about the table, and both are 0."""

    about: Literal["axes", "why", "evidence"]
    a: int = 0
    b: int = 0


@dataclass(frozen=True)
class KnownText:
    """What a table was trained on. is_recorded: the run says so, and only while it is unchanged."""

    source: TextInput
    is_recorded: bool

    @classmethod
    def of(cls, embedding: Embedding, given: TextInput | None) -> "KnownText | None":
        """Return the text that is given, else the one that is recorded; None without a tokenizer."""
        if embedding.tokenizer is None:
            return None
        if given is not None:
            return cls(given, is_recorded=False)
        recorded = recorded_text(embedding.provenance.get("text"))
        return None if recorded is None else cls(recorded, is_recorded=True)

    @property
    def name(self) -> str:
        """The names of its files; empty for texts in memory."""
        paths = self.source.inputs if isinstance(self.source, Documents | ColumnDocuments) else [self.source]
        return ", ".join(Path(each).name for each in paths if isinstance(each, str | os.PathLike))


class SharedAxes:
    """The independent axes of a table, computed by the first caller; meanwhile all others wait."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding
        self._axes: IndependentAxes | None = None
        self._lock = threading.Lock()

    def get(self, report: Reporter) -> IndependentAxes:
        """Return the axes; what `report` raises ends the work, and another caller begins anew."""
        with in_turn(self._lock, STAGE, report):
            if self._axes is None:
                self._axes = independent_axes(self._embedding, report=report)
            return self._axes


class Explainer:
    """Answers questions about the tokens of an embedding, step by step, from any thread.

    text: what the embedding was trained on; None where it is unknown.
    """

    def __init__(self, embedding: Embedding, axes: SharedAxes, text: KnownText | None) -> None:
        self._embedding, self._axes, self._text = embedding, axes, text

    def check(self, question: Question) -> None:
        """Raise TovecError where there can be no answer."""
        self._embedding.tokens([question.a, question.b])
        if question.about == "evidence" and self._text is None:
            raise TovecError(NO_TEXT)

    def answer(self, question: Question, emit: Emit, check: Check) -> Step:
        """Return the answer, in the header of the last step."""

        def report(event: Event) -> None:
            check()
            if isinstance(event, Stage):
                emit(Step({"stage": question.about, "fraction": event.fraction}))

        answers = {"axes": self._of_axes, "why": self._of_cosine, "evidence": self._of_text}
        return Step({"stage": "done", "fraction": 1.0, **answers[question.about](question, report)})

    def _of_axes(self, question: Question, report: Reporter) -> dict[str, Any]:
        axes = self._axes.get(report)
        names = [axes.farthest(at, NAMING_TOKENS).tolist() for at in range(axes.n_axes)]
        return {"axes": names, "converged": axes.converged}

    def _of_cosine(self, question: Question, report: Reporter) -> dict[str, Any]:
        from tovec.measures.why import why

        axes = self._axes.get(report)
        return _why_json(self._embedding, why(self._embedding, *self._names(question), axes=axes))

    def _of_text(self, question: Question, report: Reporter) -> dict[str, Any]:
        from tovec.measures.evidence import evidence
        from tovec.measures.why import window_of

        assert self._text is not None
        a, b = self._names(question)
        window = window_of(self._embedding)
        documents = documents_from(self._text.source)
        found = evidence(self._embedding, a, b, documents, window, CONTEXTS, LINES, report)
        if self._text.is_recorded and found.note is not None:
            raise TovecError(CHANGED.format(name=self._text.name))
        return _evidence_json(self._embedding, found)

    def _names(self, question: Question) -> list[str]:
        return self._embedding.tokens([question.a, question.b])


def waiting(n_before: int) -> Step:
    """Return the step of a question that waits for `n_before` computations."""
    return Step({"stage": "waiting", "fraction": 0.0, "before": n_before})


def axis_name(embedding: Embedding, axes: IndependentAxes, axis: int) -> str:
    """Return what an axis is called in a picture: its number and the first tokens that name it."""
    readable = embedding.vocabulary.readable
    return f"{axis}: {', '.join(readable(row) for row in axes.farthest(axis - 1, 3).tolist())}"


def _why_json(embedding: Embedding, found: "Why") -> dict[str, Any]:
    """Return `Why` of page/src/data/why.ts."""
    id_of = embedding.vocabulary.id
    return {
        "similarity": found.similarity,
        "mean": found.mean,
        "outside": found.outside,
        "converged": found.converged,
        "shares": [
            {
                "axis": share.axis,
                "tokens": [id_of(token) for token in share.tokens],
                "contribution": share.contribution,
                "p": share.p,
                "isSignificant": share.is_significant,
            }
            for share in found
        ],
    }


def _evidence_json(embedding: Embedding, found: "Evidence") -> dict[str, Any]:
    """Return `Evidence` of page/src/data/why.ts."""
    id_of = embedding.vocabulary.id
    return {
        "window": found.window,
        "counts": [found.count_a, found.count_b],
        "together": found.together,
        "note": found.note,
        "contexts": [
            {"id": id_of(each.token), "counts": [each.with_a, each.with_b], "share": each.share}
            for each in found.contexts
        ],
        "lines": [
            {"kind": line.kind, "before": line.before, "word": line.word, "after": line.after}
            for line in found.lines
        ],
    }
