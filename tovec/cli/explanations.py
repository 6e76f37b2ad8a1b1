"""What figures are, for `--explain`."""

from collections.abc import Callable, Iterable

from tovec.cli.output import say


def print_explanations(names: Iterable[str], explain: Callable[[str], str]) -> None:
    """Print what each figure is: its formula, its source, how to read it."""
    for place, name in enumerate(names):
        if place:
            say("")
        say(name)
        for line in explain(name).splitlines():
            say(f"  {line}" if line else "")
