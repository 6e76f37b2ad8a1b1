"""The directive `command` shows what `tovec NAME --help` says: usage, description and a table of options.

sphinx-click does so too. It lays the options out as a list with English headings, which a Korean page cannot
have, and repeats the options that every command takes.
"""

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
            records = [param.get_help_record(context) for param in command.get_params(context)]
            common = {record for param in cli.get_params(top) if (record := param.get_help_record(top))}
            shown = [record for record in records if record and (command is cli or record not in common)]
        block = nodes.literal_block(usage, usage, language="text")
        described = [nodes.paragraph("", "", *_inline(part)) for part in _paragraphs(command.help or "")]
        table = [_table(HEADINGS[self.config.language], shown)] if shown else []
        return [block, *described, *table]


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\b", "")) if part.strip()]


def _inline(text: str) -> list[nodes.Node]:
    """Return text with `code` and names of options as code."""
    parts = re.split(r"`([^`]+)`|(?<![\w-])(--?[a-z][\w-]*)", text)
    return [nodes.literal(part, part) if n % 3 else nodes.Text(part) for n, part in enumerate(parts) if part]


def _table(headings: tuple[str, str], rows: Iterable[tuple[str, str]]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (30, 70)), cols=2)
    group += nodes.thead("", _row([nodes.Text(headings[0])], [nodes.Text(headings[1])]))
    group += nodes.tbody(
        "", *(_row(_names(names), _inline(" ".join(meaning.split()))) for names, meaning in rows)
    )
    return nodes.table("", group, classes=["options"])


def _names(names: str) -> list[nodes.Node]:
    return [nodes.literal(names, names)]


def _row(*cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("command", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
