"""Makes a language model for a corpus; see ObjectiveFactory. torch is imported when one is made."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tovec.embedding import Embedding
from tovec.errors import BadSource, TovecError
from tovec.language_model.network.shape import LlamaShape
from tovec.text.corpus import Corpus
from tovec.training.config import RunConfig
from tovec.training.sizes import SIZES

if TYPE_CHECKING:
    from tovec.training.language_model.objective import LanguageModel

_COPIES = 5  # of all parameters: themselves, gradients, two of the optimizer, the result
_LAYER_NUMBERS = 30  # numbers of a token that a layer keeps for the way back, as a multiple of dim
_OF_MASK = 5  # bytes for each pair of positions in a block: whether one sees the other, and as a number
_SCORES_OF = 128  # positions at a time, of which there are scores and gradients; see loss.py


class LanguageModelFactory:
    """Makes a language model; see ObjectiveFactory."""

    kernels: ClassVar[None] = None

    def __init__(self, corpus: Corpus, config: RunConfig, old: Embedding | None) -> None:
        self._corpus, self._config, self._old = corpus, config, old
        self.shape = shape_of(corpus, config) if old is None else _grown(_shape_of(old), corpus)

    @staticmethod
    def settings_of(old: Embedding) -> Mapping[str, Any]:
        """Return the settings that have to be those of `old`, by name."""
        shape = _shape_of(old)
        settings = old.provenance.get("settings")
        size = settings.get("size") if isinstance(settings, Mapping) else None
        return {"size": size, "context": shape.context, "tied": shape.tied}

    @staticmethod
    def check_can_continue(old: Embedding) -> None:
        """Raise TovecError where `old` is no language model."""
        _shape_of(old)

    @staticmethod
    def not_kept(old: Embedding) -> list[str]:
        """Return what `old` does not hold: the optimizer begins anew."""
        return []

    @property
    def n_ngrams(self) -> int:
        """There are none."""
        return 0

    @property
    def n_more_numbers(self) -> int:
        """How many numbers the result has beside its tables."""
        return self.shape.n_parameters - self.shape.n_tokens * self.shape.dim * (1 if self.shape.tied else 2)

    def n_bytes(self) -> int:
        """Return how much memory the run and its result take, about."""
        import torch  # noqa: F401  (what it takes itself is then counted as taken)

        shape, n_ids = self.shape, len(self._corpus.ids) + self._corpus.n_documents
        length = min(shape.context, n_ids)
        n_read = length * SIZES[self._config.size or ""].blocks_of(length, -(-n_ids // length))
        of_position = 4 * shape.layers * _LAYER_NUMBERS * shape.dim + _OF_MASK * length
        scores = _SCORES_OF * shape.n_tokens
        return 4 * (_COPIES * shape.n_parameters + scores) + n_read * of_position

    def create(self, folder: Path, validation: Corpus | None) -> "LanguageModel":
        """Return the objective."""
        from tovec.training.language_model.objective import LanguageModel

        return LanguageModel(self._corpus, self._config, self.shape, folder, validation, self._old)


def shape_of(corpus: Corpus, config: RunConfig) -> LlamaShape:
    """Return the shape of a new network."""
    assert config.size is not None and config.context is not None
    size = SIZES[config.size]
    heads = size.heads_of(config.dim)
    return LlamaShape(
        n_tokens=len(corpus.vocabulary),
        dim=config.dim,
        layers=size.layers,
        heads=heads,
        key_heads=heads,
        head_dim=config.dim // heads,
        inner=math.ceil(size.inner * config.dim / 32) * 32,
        context=config.context,
        tied=bool(config.tied),
        end_of_text=corpus.end_of_text,
    )


def _shape_of(old: Embedding) -> LlamaShape:
    """Return the shape of the network whose input table `old` is. Raises TovecError where it is of none."""
    config = old.provenance.get("model")
    if not isinstance(config, Mapping) or not old.state:
        raise TovecError(
            "a language model goes on from one that `objective` language-model has trained, and the "
            "embedding to continue from is none"
        )
    try:
        return LlamaShape.of_config(config)
    except BadSource as error:
        raise TovecError(f"the embedding to continue from: {error}") from error


def _grown(shape: LlamaShape, corpus: Corpus) -> LlamaShape:
    """Return the shape with rows for all tokens of a corpus."""
    from dataclasses import replace

    return replace(shape, n_tokens=len(corpus.vocabulary))
