"""tovec plot: a figure, or a moving one of the moments of a table."""

from typing import TYPE_CHECKING, Any

import click

from tovec.cli.output import as_json_option, note, print_json, say
from tovec.cli.shown import takes_drawn
from tovec.counted import counted
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.timeline import Timeline


@click.command("plot")
@takes_drawn
@click.option(
    "-o", "--out", required=True, metavar="FILE", help="The figure: .png, .svg or .pdf; animated: .gif, .mp4."
)
@click.option("--dims", type=int, help="2 or 3.  [default: 3, or 2 for vectors of one or two dimensions]")
@click.option("--tokens", metavar="A,B,C", help="Draw only these tokens.")
@click.option(
    "--method",
    help="none (the first dimensions as they are), pca, umap, tsne.  [default: none up to dim 3, else pca]",
)
@click.option("--title", help="The title.  [default: the number of tokens and dimensions]")
@click.option("--seconds", type=float, help="How long the points of an animation move.  [default: 8]")
@as_json_option
def command(
    shown: "Embedding | Timeline",
    out: str,
    dims: int | None,
    tokens: str | None,
    method: str | None,
    title: str | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Draw SOURCE in two or three dimensions."""
    from tovec.embedding import Embedding
    from tovec.errors import BadSetting

    outcome_is(out)
    chosen = None if tokens is None else [token for token in tokens.split(",") if token]
    if isinstance(shown, Embedding):
        if seconds is not None:
            raise BadSetting("seconds", seconds, "left out without --animate")
        _draw(shown, out, as_json, dims=dims, tokens=chosen, method=method, title=title)
    else:
        given = {} if seconds is None else {"seconds": seconds}
        _animate(shown, chosen, out, as_json, dims=dims, method=method, title=title, **given)


def _draw(embedding: "Embedding", out: str, as_json: bool, **options: Any) -> None:
    from tovec.figures.figure import plot, save_figure

    figure = plot(embedding, **options)
    save_figure(figure, out)
    if figure.left_out is not None:
        note(figure.left_out)
    if as_json:
        print_json({"out": out})
    else:
        say(f"drew {counted(figure.n_drawn, 'token')} in {out}")


def _animate(timeline: "Timeline", chosen: list[str] | None, out: str, as_json: bool, **options: Any) -> None:
    from tovec.cli.progress import TerminalReporter
    from tovec.figures.animation import animate

    for line in timeline.findings:
        note(line)
    path = animate(timeline, out, tokens=chosen, **options, report=TerminalReporter())
    n_bytes = path.stat().st_size
    if as_json:
        print_json({"out": out, "bytes": n_bytes, "moments": len(timeline)})
    else:
        n = timeline.n_tokens if chosen is None else len(chosen)
        moments, tokens = (counted(m, what) for m, what in ((len(timeline), "moment"), (n, "token")))
        say(f"drew {moments} of {tokens} in {out}, {n_bytes / 1e6:.1f} MB")
