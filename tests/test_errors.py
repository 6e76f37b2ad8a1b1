"""Every error is one line, and survives pickling and copying."""

import copy
import importlib
import inspect
import multiprocessing
import pickle
import pkgutil
from contextlib import suppress

import pytest

import tovec
from tovec.errors import TovecError, UnknownAttribute, UnknownKeyword, UnknownToken

EXAMPLES = {str: "a name", int: 3_000_000, int | None: 3_000_000, float: 0.5, object: [1, "two"]}


def kinds_of_error():
    """Return TovecError and all classes that come from it, of all modules."""
    for module in pkgutil.walk_packages(tovec.__path__, "tovec."):
        if module.name != "tovec.__main__":
            with suppress(ModuleNotFoundError):  # of a callback for a library that is not installed
                importlib.import_module(module.name)
    found, waiting = [], [TovecError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.__name__)


def example(kind):
    """Return an error of a kind, made as its constructor asks."""
    if "__init__" not in kind.__dict__:
        return kind("what is wrong; the way out")
    parameters = list(inspect.signature(kind).parameters.values())
    return kind(*(EXAMPLES.get(parameter.annotation, ("near", "nearer")) for parameter in parameters))


@pytest.mark.parametrize("kind", kinds_of_error(), ids=lambda kind: kind.__name__)
def test_errors_are_the_same_after_pickling_and_copying(kind):
    error = example(kind)
    assert str(error)
    assert "\n" not in str(error)
    copies = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for made in [*copies, copy.copy(error), copy.deepcopy(error)]:
        assert type(made) is kind
        assert str(made) == str(error)
        assert made.args == error.args
        assert vars(made) == vars(error)


def _look_up(token):
    return tovec.Embedding(["cat"], [[1.0]])[token]


def test_error_of_another_process_arrives():
    """An error that cannot be unpickled leaves Pool.map waiting for ever."""
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(
            UnknownToken, match=r"^token 'cta' is not in the vocabulary; nearest spellings: 'cat'$"
        ),
    ):
        pool.map_async(_look_up, ["cta"]).get(timeout=60)


def test_unknown_token_is_a_key_error_without_quotes_around_its_text():
    embedding = tovec.Embedding(["cat"], [[1.0]])
    with pytest.raises(KeyError) as caught:
        embedding["dog"]
    assert str(caught.value) == "token 'dog' is not in the vocabulary"


@pytest.mark.parametrize(
    ("kind", "builtin"), [(UnknownAttribute, AttributeError), (UnknownKeyword, TypeError)]
)
def test_errors_about_names_are_also_those_of_python(kind, builtin):
    assert issubclass(kind, builtin)
