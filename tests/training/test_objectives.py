"""The registry of objectives: each entry loads, and what it says is so."""

import inspect
import typing

import pytest
from texts import WORD_OBJECTIVES, planted

import tovec
from tovec.training.objective import ObjectiveFactory
from tovec.training.objectives import ALIASES, OBJECTIVES, ObjectiveName, objectives_taking

WITH_NGRAMS = [(name, ngrams) for name in OBJECTIVES for ngrams in (False, True)]
WITH_NGRAMS = [pair for pair in WITH_NGRAMS if not pair[1] or OBJECTIVES[pair[0]].ngram_factory]
COMPILED = [pair for pair in WITH_NGRAMS if not OBJECTIVES[pair[0]].predicts_text]


def test_type_of_an_objective_names_those_of_the_registry():
    assert typing.get_args(ObjectiveName) == tuple(OBJECTIVES)


@pytest.mark.parametrize(("name", "with_ngrams"), WITH_NGRAMS)
def test_factory_has_all_members_of_the_protocol_and_names_a_module_of_kernels(name, with_ngrams):
    factory = OBJECTIVES[name].load(with_ngrams)
    members = [each for each in vars(ObjectiveFactory) if not each.startswith("_")]
    assert {"n_bytes", "create", "not_kept"} <= set(members)
    for member in (*members, *ObjectiveFactory.__annotations__):
        assert hasattr(factory, member), member
    parameters = list(inspect.signature(factory).parameters)
    assert parameters == ["corpus", "config", "old"]
    if (name, with_ngrams) in COMPILED:
        __import__(factory.kernels)


@pytest.mark.parametrize("name", WORD_OBJECTIVES)
def test_embedding_says_what_it_was_trained_by_and_at_which_rate(name):
    made = tovec.train(planted(30), objective=name, dim=4, min_count=1, preset="word2vec", threads=1)
    assert made.provenance["objective"] == OBJECTIVES[name].title
    assert made.provenance["settings"]["learning_rate"] == OBJECTIVES[name].learning_rate


def test_only_an_alias_stands_for_another_objective():
    assert ALIASES == {"skipgram": "skip-gram"}
    assert not set(ALIASES) & set(OBJECTIVES)


def test_setting_that_no_entry_names_is_taken_by_all():
    assert objectives_taking("dim") == tuple(OBJECTIVES)
    assert objectives_taking("x_max") == ("glove",)
    assert objectives_taking("negative") == ("skip-gram", "cbow", "position-weighted-cbow")


@pytest.mark.parametrize(("name", "with_ngrams"), COMPILED)
def test_factory_names_the_kernels_that_training_compiles(name, with_ngrams):
    """The factory's module of kernels is the one that the cache of compiled code has entries of."""
    from tovec.compiled import is_compiled

    ngrams = {"ngrams": "characters", "ngram_buckets": 50} if with_ngrams else {}
    tovec.train(planted(30), objective=name, dim=4, min_count=1, epochs=1, threads=1, **ngrams)
    assert is_compiled(OBJECTIVES[name].load(with_ngrams).kernels)
