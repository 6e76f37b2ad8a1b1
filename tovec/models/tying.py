"""Whether the input and the output of a model share one table.

Decided by the rules of transformers; where both tables are in the file, by the tensors themselves.
Source: PreTrainedModel.tie_weights of transformers 5.24.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tovec.formats.tensors.file_names import ShardName
from tovec.models.architectures.families import ARCHITECTURES, GGUF
from tovec.models.architectures.lookup import has_head
from tovec.models.configuration import text_parts
from tovec.models.tables import Tables, kind_of
from tovec.vectors.stored import shape_text

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor


class Tying(NamedTuple):
    """Whether input and output share one table, and why. state: `tied`, `untied`, or None without a head."""

    state: str | None
    why: str
    finding: str | None = None


def tying_of(tables: Tables, config: Mapping[str, Any], shard: ShardName | None) -> Tying:
    """Return whether the tables of a model are tied, and why."""
    declared = config.get("tie_word_embeddings", config.get("weight_tying"))
    by_kind = None if tables.architecture is None else tables.architecture.tied
    says = declared if isinstance(declared, bool) else by_kind
    who = "the configuration" if isinstance(declared, bool) else "the default of this kind of model"
    if tables.input is not None and tables.output is not None:
        return _compared(tables.input.tensor, tables.output.tensor, declared)
    for which, error in tables.closed.items():
        return Tying(None, f"the {which} table cannot be read: {error}")
    if tables.input is None:
        if says and shard is None:
            return Tying(
                "tied", f"the file has one table, under the name of the output, and {who} is to share it"
            )
        return Tying(None, "the file has an output table and no input table to share with it")
    headless = _class_without_head(config)
    if headless is not None:
        return Tying(None, f"the file holds a {headless}, which has no head")
    if says is None:
        return Tying(None, "the file has no output table")
    if tables.input.tensor.name in GGUF.input:
        return Tying("tied", "the file has no output table, which in GGUF means the input table")
    if says:
        return Tying("tied", f"the file has no output table, and {who} is to share the input table")
    finding = "the model has an output table of its own, and it is not in the file"
    return Tying(None, f"the file has no output table, and {who} is not to share one", finding)


def _class_without_head(config: Mapping[str, Any]) -> str | None:
    """Return the class of the model where neither it nor its part for text has a head; else None."""
    headless = None
    for part in text_parts(config):
        classes = part.get("architectures")
        if not isinstance(classes, list) or not classes:
            continue
        if has_head(str(classes[0])):
            return None
        # The class name of an unknown kind, or of a part, proves little.
        if headless is None and kind_of(part) in ARCHITECTURES and has_head(str(classes[0])) is False:
            headless = str(classes[0])
    return headless


def _compared(given: "TableTensor", output: "TableTensor", declared: object) -> Tying:
    from tovec.vectors.scaled import same_tables

    if given.shape != output.shape:
        shapes = f"the output table is {shape_text(output.shape)}, the input table {shape_text(given.shape)}"
        return Tying("untied", "the tables have different shapes", shapes)
    if given.is_remote or output.is_remote:
        return Tying("untied", "the file has both tables; comparing them would download both")
    if same_tables(given, output):
        finding = (
            "the configuration says untied, but both tables hold the same bytes"
            if declared is False
            else None
        )
        return Tying("tied", "both tables hold the same bytes", finding)
    tied = "the configuration says tied, but the two tables differ; the tables count"
    return Tying("untied", "the two tables differ", tied if declared is True else None)
