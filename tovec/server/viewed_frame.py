"""A frame as what a page shows: its vectors as an embedding, its other columns as metadata."""

from typing import Any

from tovec.embedding import Embedding
from tovec.embedding.frames import COUNT, columns_of_embedding
from tovec.frames import as_frame


def viewed_frame(given: Any) -> tuple[Any, Any]:
    """Return the embedding in a frame, and its other columns, None where there are none.

    What is not a frame is returned as it is. Raises TovecError as `Embedding.from_frame`.
    """
    frame = as_frame(given, "vectors")
    if frame is None:
        return given, None
    token, vectors = columns_of_embedding(frame)
    embedding = Embedding.from_frame(frame.to_native(), token=token, vector=vectors)
    shown = [] if embedding.vocabulary.counts is None else [COUNT]
    others = frame.drop([*vectors, *shown]).rename({token: "token"})
    return embedding, others.to_native() if len(others.columns) > 1 else None
