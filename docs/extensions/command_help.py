"""The directive `command` shows what `tovec NAME --help` says: usage, description and a table of options.

sphinx-click does so too. It lays the options out as a list with English headings, which a Korean page cannot
have, and repeats the options that every command takes.
"""

import inspect
import re
from collections.abc import Iterable

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from tovec.cli import cli

HEADINGS = {"en": ("option", "meaning"), "ko": ("옵션", "뜻 (명령의 도움말 그대로)")}


class CommandHelp(SphinxDirective):
    """```{command} NAME``` shows the help of `tovec NAME`; without a name, of `tovec` itself.

    The options that every command takes are shown only for `tovec`.
    """

    required_arguments = 0
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        with click.Context(cli, info_name="tovec") as top:
            command: click.Command = cli
            context = top
            if self.arguments:
                command = cli.commands[self.arguments[0]]
                context = click.Context(command, top, info_name=self.arguments[0])
            usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
            rows = _rows(command, context)
            common = _rows(cli, top)
        if command is not cli:
            rows = [row for row in rows if row not in common]
        block = nodes.literal_block(usage, usage, language="text")
        described = [_described(part) for part in re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))]
        table = [_table(HEADINGS[self.config.language], rows)] if rows else []
        return [block, *described, *table]


def _rows(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    """Return the options of a command and what they mean; arguments have no help of their own."""
    records = [param.get_help_record(context) for param in command.get_params(context)]
    return [record for record in records if record and record[1]]


def _described(paragraph: str) -> nodes.Node:
    """Return a paragraph of help; one that click leaves as it is begins with a backspace."""
    if paragraph.startswith("\b\n"):
        return nodes.literal_block(paragraph[2:], paragraph[2:], language="text")
    return nodes.paragraph("", "", *_inline(" ".join(paragraph.split())))


def _inline(text: str) -> list[nodes.Node]:
    """Return text with `code` and names of options as code."""
    parts = re.split(r"`([^`]+)`|(?<![\w-])(--?[a-z][\w-]*)", text)
    return [nodes.literal(part, part) if n % 3 else nodes.Text(part) for n, part in enumerate(parts) if part]


def _table(headings: tuple[str, str], rows: Iterable[tuple[str, str]]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (30, 70)), cols=2)
    group += nodes.thead("", _row([nodes.Text(headings[0])], [nodes.Text(headings[1])]))
    group += nodes.tbody(
        "", *(_row([nodes.literal(names, names)], _inline(meaning)) for names, meaning in rows)
    )
    return nodes.table("", group, classes=["options"])


def _row(*cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("command", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
