"""What a run that continues from an embedding takes over: settings, tokenizer, and all that was learned.

Its tokens keep their ids and come first; new ones are appended and start as those of a new run do, and so do
old ones that no run has met yet, whose rows are all zeros.
Tables of negative sampling go on from `vectors` and `outputs`; of outputs that were not kept (a file of
vectors from elsewhere) from zeros, as a new run does, which is what fastText's -pretrainedVectors does. In
`state` an embedding keeps what else there is:

`positions`: (2 * window, dim), the vectors of positions of position-weighted CBOW. Where they were not kept
    they start at one, as in a new run.
`biases`: (n_tokens, 2), of GloVe, of a token as a row and as a context. GloVe's vectors are the sums of two
    tables, of which `outputs` is the second; without both there is no way back to the two, and the run is
    refused. AdaGrad's sums start from scratch, as glove.c's do without -load-init-gradsq.

With n-grams, a vector is the mean of a token's own row and those of its n-grams; the own row is what these
leave of it (NgramTable.own_rows).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.text.tokenizers import Tokenizer, given_tokenizer, tokenizer_from_name
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.text.vocabulary import Vocabulary
from tovec.training.config import Settings, TrainConfig
from tovec.training.objectives import OBJECTIVES
from tovec.training.recipe import FITTED
from tovec.vectors.table import blocks

_OF_OLD = "that of the embedding to continue from"


def continued(given: Settings, old: Embedding) -> TrainConfig:
    """Return the settings of a run that goes on from `old`; what is not given is taken over from it.

    Raises BadSetting for a setting that has to be the old one and is not, and TovecError for an `old` that
    lacks what the objective goes on from.
    """
    settings = {name: value for name, value in given.items() if value is not None or name not in FITTED}
    settings.setdefault("dim", old.dim)
    settings.setdefault("objective", _objective(old))
    entry = OBJECTIVES.get(str(settings["objective"]))  # TrainConfig refuses one that does not exist
    if entry is not None:
        _take_over(settings, entry.load().settings_of(old))
    _take_over(settings, {} if old.ngrams is None else _ngram_settings(old))
    if settings.get("tokenizer") is None and old.tokenizer is not None:
        settings["tokenizer"] = old.tokenizer
    config = TrainConfig(**cast(Settings, settings))
    if config.dim != old.dim:
        raise BadSetting("dim", config.dim, f"{old.dim}, {_OF_OLD}")
    if config.special_tokens:
        raise BadSetting("special_tokens", config.special_tokens, "left out: the old tokens come first")
    if config.ngrams is not None and old.ngrams is None:
        raise BadSetting("ngrams", config.ngrams, "left out: the embedding to continue from has none")
    config.entry.load().check_can_continue(old)
    if old.tokenizer is not None:
        config = replace(config, tokenizer=_same_tokenizer(config, old.tokenizer))
    return _with_old_tokens(config, old)


def not_kept(config: TrainConfig, old: Embedding) -> list[str]:
    """Return what of a run could not be taken over from `old`, because it was not kept."""
    return config.entry.load().not_kept(old)


def check_numbers(old: Embedding, vocabulary: Vocabulary) -> None:
    """Raise TovecError where a token of the text begins with NaN or infinity, which would spread to all.

    vocabulary: of the text, the tokens of `old` first.
    """
    for start, rows in blocks(old.vectors):
        wrong = ~np.isfinite(rows).all(axis=1)
        if vocabulary.counts is not None:
            wrong &= vocabulary.counts[start : start + len(rows)] > 0
        if wrong.any():
            token = old.vocabulary.tokens[start + int(wrong.argmax())]
            raise TovecError(
                f"token {token!r} of the embedding to continue from holds NaN or infinity, which would "
                "spread to all others; give it another vector: with_vectors"
            )


def _objective(old: Embedding) -> Any:
    settings = old.provenance.get("settings")
    named = settings.get("objective") if isinstance(settings, Mapping) else None
    return named if named in OBJECTIVES else "skip-gram"


def _ngram_settings(old: Embedding) -> dict[str, Any]:
    assert old.ngrams is not None
    rule = old.ngrams.rule
    return {
        "ngrams": rule.unit,
        "ngram_min": rule.min_length,
        "ngram_max": rule.max_length,
        "ngram_buckets": rule.buckets,
    }


def _take_over(settings: dict[str, Any], of_old: Mapping[str, Any]) -> None:
    for name, value in of_old.items():
        if settings.setdefault(name, value) != value:
            raise BadSetting(name, settings[name], f"{value}, {_OF_OLD}, or left out")


def _same_tokenizer(config: TrainConfig, old: Tokenizer) -> Tokenizer:
    """Return the tokenizer of `old`. Raises BadSetting where another one was given."""
    given = config.tokenizer
    rule = f"left out, or {old.name}, which has cut the tokens of the embedding to continue from"
    if given is not old and given is not None:
        if isinstance(given, str) and given == old.name and config.lowercase is None:
            return old  # also of phrases and of a recipe that was trained then
        made = (
            tokenizer_from_name(given, lowercase=config.lowercase)
            if isinstance(given, (str, Path))
            else given_tokenizer(given)
        )
        if made is None or isinstance(made, SubwordRecipe) or not _is_same(made, old):
            raise BadSetting("tokenizer", getattr(made, "name", given), rule)
    elif config.lowercase is not None and config.lowercase != dict(old.settings).get("lowercase", False):
        raise BadSetting("lowercase", config.lowercase, rule)
    if config.phrases:
        raise BadSetting("phrases", config.phrases, f"left out: the tokenizer is {_OF_OLD}")
    return old


def _is_same(one: Tokenizer, other: Tokenizer) -> bool:
    if one.vocabulary is not None and other.vocabulary is not None:
        tokens = one.vocabulary
        return tokens == other.vocabulary and one.to_json(tokens) == other.to_json(tokens)
    return dict(one.settings) == dict(other.settings)


def _with_old_tokens(config: TrainConfig, old: Embedding) -> TrainConfig:
    """Return settings under which the old tokens come first, whatever their count."""
    tokenizer = config.tokenizer
    if isinstance(tokenizer, Tokenizer) and tokenizer.vocabulary is not None:
        if tokenizer.vocabulary != old.vocabulary.tokens:
            raise TovecError(
                f"the tokens of the embedding to continue from are not those of tokenizer "
                f"{tokenizer.name!r}, so they cannot keep their ids"
            )
        return config
    unknown = old.vocabulary.unknown if config.unknown is None else config.unknown
    return replace(config, special_tokens=old.vocabulary.tokens, unknown=unknown)
