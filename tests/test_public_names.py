"""What `tovec` offers: names, version, one screen of help, and docstrings whose examples run."""

import doctest
import inspect
import pydoc
import subprocess
import sys
from importlib.metadata import version

import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli

CLASSES = ("ApproximateIndex", "Embedding", "Model", "Vocabulary")
NEEDS = {
    "to_torch": "torch",
    "from_torch": "torch",
    "from_frame": "pandas",
    "ApproximateIndex": "usearch",
    "TokenVectorizer": "sklearn",
    "widget": "anywidget",
}


def documented():
    """Return every public name, and every public method of the classes, with what it stands for."""
    found = {name: getattr(tovec, name) for name in tovec.__all__}
    for name in CLASSES:
        for method in dir(found[name]):  # with those of its bases
            value = inspect.getattr_static(found[name], method)
            if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, classmethod)):
                found[f"{name}.{method}"] = getattr(found[name], method)
    return found


DOCUMENTED = documented()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_example_in_the_docstring_of_a_public_name_runs(name, tmp_path, monkeypatch):
    for part, module in NEEDS.items():
        if part in name.split("."):
            needs(module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # of the key that signs an index
    if name == "view":  # a page in place of the built one
        files = {"index.html": b"<title></title>"}
        monkeypatch.setattr("tovec.server.open_page.page_files", lambda folder: files)
    if name == "widget":
        monkeypatch.setattr("tovec.notebook.widget.widget_files", lambda: {"loader.js": b""})
    value = DOCUMENTED[name]
    finder = doctest.DocTestFinder(recurse=False)
    names = {**vars(sys.modules[value.__module__]), "tovec": tovec}
    (test,) = finder.find(value, name, globs=names) or [None]
    assert test is not None and test.examples, f"{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    output = []
    runner.run(test, out=output.append)
    assert runner.failures == 0, "".join(output)


def test_dir_lists_every_public_name_and_other_names_are_errors():
    assert set(tovec.__all__) <= set(dir(tovec))
    with pytest.raises(AttributeError, match="module 'tovec' has no attribute 'nothing'"):
        _ = tovec.nothing


def test_version_is_that_of_the_package_and_of_the_command_line():
    assert tovec.__version__ == version("tovec")
    assert tovec.__version__ in CliRunner().invoke(cli, ["--version"]).output


def test_help_fits_a_screen_and_has_a_line_for_every_public_name():
    output = subprocess.run(
        [sys.executable, "-c", "import tovec; help(tovec)"], capture_output=True, text=True, check=True
    ).stdout
    lines = output.splitlines()
    assert 24 <= len(lines) <= 40 and max(map(len, lines)) <= 100
    named = " ".join(line.strip().partition("  ")[0] for line in lines)
    for name in tovec.__all__:
        assert name in named.replace(",", " ").replace("(", " ").split(), name
    assert "class Embedding" in pydoc.render_doc(tovec.Embedding, renderer=pydoc.plaintext)


def test_example_at_the_top_of_help_runs():
    assert doctest.testmod(tovec).failed == 0


def test_unknown_token_is_public_and_a_key_error():
    embedding = tovec.Embedding.random(["cat", "dog"], 3)
    with pytest.raises(tovec.UnknownToken, match="'cats' is not in the vocabulary"):
        embedding["cats"]
    assert issubclass(tovec.UnknownToken, (KeyError, tovec.TovecError))
