"""The documentation inside the running Python: a corpus that every machine has.

Docstrings and comments of the standard library's source, the language reference of `help()`, and the
docstrings of functions and types written in C. Only modules built into the interpreter are imported.
"""

import ast
import importlib
import inspect
import os
import re
import sys
import sysconfig
import tokenize
import types
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from tovec.demo.prose import paragraphs
from tovec.errors import BadText

# Tests, installed packages, tables of character sets.
_NOT_DOCUMENTATION = {
    "site-packages",
    "dist-packages",
    "test",
    "tests",
    "idle_test",
    "encodings",
    "__pycache__",
}
_GENERATED = "_sysconfigdata"

_STRING = r"""\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
# Strings are skipped, since they may hold a #; so are comments after code, which may hold a quote.
_COMMENTS = re.compile(rf"{_STRING}|(?P<comment>(?:^[ \t]*#[^\n]*\n?)+)|#[^\n]*", re.DOTALL | re.MULTILINE)
_COMMENT_SIGN = re.compile(r"^[ \t]*#(?:!.*|[#:]*)", re.MULTILINE)  # also the #! line of a script

_SIGNATURE = re.compile(r"\A[\w.]+\(.*?\)(?:\s*->.*)?(?:\n--)?\n", re.DOTALL)


def python_docs() -> Iterator[str]:
    """Yield the documentation of the running Python: each paragraph is a document, and comes once.

    Files are sorted, so the same Python gives the same documents, about half a million words. Raises BadText
    if this Python has no readable source of its standard library.
    """
    library = Path(sysconfig.get_path("stdlib"))
    files = _source_files(library)
    if not files:
        raise BadText(
            f"this Python has no source of its standard library in {library}; "
            "use another Python, or train on your own text with tovec train"
        )
    passages = dict.fromkeys(_passages(files))
    yield from dict.fromkeys(paragraph for passage in passages for paragraph in paragraphs(passage))


def _source_files(library: Path) -> list[Path]:
    files: list[Path] = []
    for folder, below, names in os.walk(library):
        below[:] = sorted(set(below) - _NOT_DOCUMENTATION)
        files += [Path(folder, name) for name in sorted(names) if name.endswith(".py")]
    return [file for file in files if not file.name.startswith(_GENERATED)]


def _passages(files: Iterable[Path]) -> Iterator[str]:
    """Yield docstrings and blocks of comments without their indentation."""
    for path in files:
        try:
            with tokenize.open(path) as file:  # decodes as the file's first lines say
                source = file.read()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about old code in the library
                tree = ast.parse(source)
        except (OSError, SyntaxError, ValueError):
            continue
        yield from _docstrings(tree)
        yield from _comments(source)
    yield from _builtin_docstrings()


def _docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield the docstrings of a module, its classes and functions, and the long strings in its dicts."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield docstring
        for part in ("orelse", "handlers", "body"):
            waiting.extend(child for child in reversed(getattr(node, part, ())) if hasattr(child, "body"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield from _long_texts(node.value)


def _long_texts(table: ast.Dict) -> Iterator[str]:
    """Yield the values with several lines: pydoc_data.topics is a dict of chapters."""
    for value in table.values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.count("\n") > 2:
            yield inspect.cleandoc(value.value)


def _comments(source: str) -> Iterator[str]:
    for match in _COMMENTS.finditer(source):
        if match["comment"]:
            yield inspect.cleandoc("\n" + _COMMENT_SIGN.sub("", match["comment"]))


def _builtin_docstrings() -> Iterator[str]:
    """Yield the docstrings of modules compiled into the interpreter, their functions, types and methods."""
    for name in sorted(sys.builtin_module_names):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some are deprecated
            module = importlib.import_module(name)
        yield from _c_docstrings(module)
        for _, value in sorted(vars(module).items()):
            yield from _c_docstrings(value)
            if isinstance(value, type):
                for _, member in sorted(vars(value).items()):
                    yield from _c_docstrings(member)


def _c_docstrings(value: object) -> Iterator[str]:
    documented = (type, types.ModuleType, types.BuiltinFunctionType, types.MethodDescriptorType)
    members = (types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType)
    docstring = getattr(value, "__doc__", None)
    if isinstance(value, documented + members) and isinstance(docstring, str):
        yield _SIGNATURE.sub("", inspect.cleandoc(docstring))
