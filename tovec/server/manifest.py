"""What the page reads first: what there is to show, as `Manifest` in page/src/data/source.ts has it."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tovec import projection
from tovec.embedding import Embedding
from tovec.projection import METHODS
from tovec.projection.settings import DEFAULTS, RANGES
from tovec.server.comparison_page import ComparisonPage
from tovec.server.metadata import Column
from tovec.server.page_bytes import shown_name
from tovec.text.importance import familiar_ids
from tovec.text.vocabulary import Vocabulary
from tovec.timeline import Moment, Timeline

# Tokens. Above, UMAP and all that needs neighbors takes minutes, so it is computed only on request.
MANY = 60_000

# Why a timeline has no such projection.
MISSING_OF_MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "tsne": "t-SNE lays out one table at a time, and each another way; UMAP lays out all together",
        "axes": "custom axes are for one table; open one of the tables for them",
    }
)

WHILE_TRAINING = "this is computed once training has ended; until then there are principal components"


def drawn_dims(dim: int) -> list[int]:
    """Return in how many dimensions vectors of `dim` can be drawn; those of one are a line in a plane."""
    return [dims for dims in (2, 3) if dims <= max(2, dim)]


def method_infos(dim: int, is_timeline: bool = False, is_live: bool = False) -> list[dict[str, Any]]:
    """Return the projections for vectors of `dim` dimensions; `missing` is why one is not available.

    Vectors of one dimension are drawn as they are, and there is nothing else to see in them.
    """
    return [
        {
            "method": method,
            "dims": drawn_dims(dim),
            "missing": _missing_while_live(method) if is_live else _missing(method, is_timeline),
            "settings": [
                {"name": name, "default": getattr(DEFAULTS, name), **numbers._asdict()}
                for name, numbers in RANGES.get(method, {}).items()
            ],
        }
        for method in (dict.fromkeys((*METHODS, "axes")) if dim > 1 else ["none"])
    ]


def _missing(method: str, is_timeline: bool) -> str | None:
    if is_timeline:
        return MISSING_OF_MOMENTS.get(method)
    return projection.available(method) if method in METHODS else None


def _missing_while_live(method: str) -> str | None:
    return None if method == "pca" else WHILE_TRAINING


def start(embedding: Embedding, methods: list[dict[str, Any]], is_timeline: bool = False) -> dict[str, Any]:
    """Return the projection to start with: the vectors as they are, else UMAP, else principal components.

    A timeline starts with principal components: all its moments are there at once.
    """
    has_umap = any(info["method"] == "umap" and info["missing"] is None for info in methods)
    method = "umap" if has_umap and embedding.n_tokens <= MANY and not is_timeline else "pca"
    return {"method": "none" if embedding.dim <= 3 else method, "dims": drawn_dims(embedding.dim)[-1]}


def column_info(column: Column) -> dict[str, Any]:
    """Return `ColumnInfo`."""
    labels = list(map(shown_name, column.labels))
    return {"name": shown_name(column.name), "kind": column.kind, "labels": labels}


def timeline_info(timeline: Timeline | None, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return `TimelineInfo`; of a table in training, whose timeline is None, there are no moments yet."""
    return {
        "unit": "ids" if timeline is None else timeline.unit,
        "moments": [] if timeline is None else list(map(_moment_info, timeline.moments)),
        "findings": [] if timeline is None else list(map(shown_name, timeline.findings)),
        "live": timeline is None,
        "hasVectors": True,
        "familiar": familiar_ids(vocabulary),
    }


def comparison_info(comparison: ComparisonPage) -> dict[str, Any]:
    """Return `ComparisonInfo`."""
    return {**comparison.info, "names": list(map(shown_name, comparison.info["names"]))}


def tokenizer_info(name: str, unknown: str | None, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return what the page has to know of the tokenizer. unknown: the token that stands for all others."""
    return {"name": name, "unknown": None if unknown is None else vocabulary.id(unknown)}


def _moment_info(moment: Moment) -> dict[str, Any]:
    return {
        "name": shown_name(moment.name),
        "progress": _finite(moment.progress),
        "epoch": _finite(moment.epoch),
        "loss": _finite(moment.loss),
        "validationLoss": _finite(moment.validation_loss),
    }


def _finite(number: float | None) -> float | None:
    """Return the number, None where it is NaN or infinite, which JSON does not have."""
    return None if number is None or not math.isfinite(number) else float(number)
