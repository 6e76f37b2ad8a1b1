"""What a language model answers, as the page reads it: next tokens, a worked step, one token in two texts."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tovec.counted import counted
from tovec.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tovec.language_model.model import LanguageModel
    from tovec.text.vocabulary import Vocabulary

NO_MODEL = "this table has no language model with it; `tovec train TEXT --objective language-model` makes one"
MAX_PREDICTED = 1000  # tokens in one response
MAX_TEXT = 1 << 16  # characters that are cut for one answer
SHOWN_SCORES = 8  # of a worked step, and that of the target


def check_text(name: str, text: str) -> None:
    """Raise BadSetting for a text that takes long to cut, of which a model reads little anyway."""
    if len(text) > MAX_TEXT:
        raise BadSetting(
            name, f"a text of {counted(len(text), 'character')}", f"at most {MAX_TEXT:,} characters long"
        )


def check_k(k: int) -> None:
    """Raise BadSetting for a number of tokens that one response does not hold."""
    if not 1 <= k <= MAX_PREDICTED:
        raise BadSetting("k", k, f"from 1 to {MAX_PREDICTED}")


def predicted(model: "LanguageModel", text: str, k: int) -> dict[str, Any]:
    """Return the `k` most likely next tokens, and what of the text was read.

    `text` is what a token would add to it; null for what is no text by itself.
    """
    vocabulary, read = model.embedding.vocabulary, model.read(text)
    return {
        "tokens": _tokens(vocabulary, read.ids),
        "dropped": read.dropped,
        "results": [
            {
                **_token(vocabulary, hit.id),
                "probability": hit.probability,
                "text": model.added_text(read.ids, hit.id),
            }
            for hit in model.predict(text, k)
        ],
    }


def worked(model: "LanguageModel", text: str, target: int | None) -> dict[str, Any]:
    """Return one step of training that teaches that `target` comes next, with the rows before and after."""
    vocabulary, step = model.embedding.vocabulary, model.step(text, target)
    likely = np.argsort(-step.scores, kind="stable")[:SHOWN_SCORES].tolist()
    return {
        "tokens": _tokens(vocabulary, step.ids),
        "target": _token(vocabulary, step.target),
        "scores": [
            {
                **_token(vocabulary, row),
                "score": float(step.scores[row]),
                "probability": float(step.probabilities[row]),
            }
            for row in dict.fromkeys([*likely, step.target])
        ],
        "loss": step.loss,
        "lossAfter": step.loss_after,
        "learningRate": step.learning_rate,
        "hidden": step.hidden.tolist(),
        "rows": [
            {
                "table": row.table,
                **_token(vocabulary, row.id),
                "before": row.before.tolist(),
                "after": row.after.tolist(),
            }
            for row in step.rows
        ],
    }


def compared(model: "LanguageModel", a: str, b: str, token: str | None) -> dict[str, Any]:
    """Return the cosine of a token's vectors in two texts.

    token: its id where both texts have that, else its text.
    """
    from tovec.language_model.contexts import compare_contexts

    wanted: str | int | None = token
    if token is not None and token.isascii() and token.isdecimal() and len(token) <= 10:
        both = [set(model.embedding.encode(text).tolist()) for text in (a, b)]
        wanted = int(token) if all(int(token) in ids for ids in both) else token
    found = compare_contexts(model, a, b, wanted)
    return {
        "token": _token(model.embedding.vocabulary, found.id),
        "rowCosine": 1,
        "contextCosine": found.cosine,
        "positions": list(found.positions),
    }


def _token(vocabulary: "Vocabulary", row: int) -> dict[str, Any]:
    return {"id": row, "token": vocabulary.readable(row)}


def _tokens(vocabulary: "Vocabulary", ids: "Iterable[int]") -> list[dict[str, Any]]:
    return [_token(vocabulary, row) for row in ids]
