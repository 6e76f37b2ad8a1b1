"""`tovec.widget`: the page in the cell of a notebook."""

from typing import TYPE_CHECKING, Any

from tovec.comparison.comparison import Comparison
from tovec.dependencies import is_installed, needs
from tovec.embedding import Embedding
from tovec.errors import MissingExtra
from tovec.frames import ArrowStream
from tovec.notebook.traits import HEIGHT
from tovec.reporting import own_reporter
from tovec.text.training_input import TextInput
from tovec.timeline import Timeline

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel
    from tovec.notebook.widget import Widget


def widget(
    embedding: Embedding | Timeline | Comparison | ArrowStream,
    *,
    metadata: Any = None,
    title: str | None = None,
    language_model: "LanguageModel | None" = None,
    text: TextInput | None = None,
    height: int = HEIGHT,
) -> "Widget":
    """Return the page of an embedding, timeline or comparison as a widget: in a cell, without a network.

    What it shows is read and set from Python: `selection`, a list of tokens; `chosen` and `hovered`, a token;
    `picture`, such as {"method": "pca", "dims": 2}; `camera`; `moment` of a timeline. `observe` calls a
    function when one of them changes. It works wherever anywidget does: JupyterLab, Notebook, VS Code, Colab.
    What it computes does not hold up the kernel; while a cell runs, a frontend that sends widgets'
    messages to a thread of their own (JupyterLab from 4.4) still gets answers, another one waits.
    A saved notebook keeps a still picture of it, and so does HTML made of that; what moves is in the
    file that `tovec.export` writes. metadata, title, language_model, text: as for `tovec.view`, which takes a
    frame too. height: in pixels.
    Raises MissingExtra without the extra `notebook`, and TovecError for a table that cannot be drawn.

    >>> import tovec
    >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
    >>> shown = tovec.widget(embedding)
    >>> shown.selection = ["cat", 3]
    >>> shown.selection
    ['cat', 'sat']
    """
    if not is_installed("anywidget"):
        raise MissingExtra("widget", "notebook")
    needs("starlette", "a page in a notebook")
    from tovec.notebook.widget import Widget
    from tovec.server.page_data import page_data

    data = page_data(
        embedding,
        metadata=metadata,
        title=title,
        report=own_reporter(),
        language_model=language_model,
        text=text,
    )
    comparison = embedding if isinstance(embedding, Comparison) else None
    return Widget(data, height=height, comparison=comparison)
