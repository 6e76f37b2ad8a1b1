"""Which module of a model holds the table of its tokens."""

from typing import Any

from tovec.errors import BadSetting

_METHODS = {"input": "get_input_embeddings", "output": "get_output_embeddings"}


def table_of(model: Any, table: Any = "input") -> Any:
    """Return the module of torch that holds the input or output table of a model.

    table: "input" or "output", which models of transformers know, also inside another module; else the name
    of the module, such as "transformer.wte", or itself. A model that knows neither and has one
    torch.nn.Embedding has that as its input. Raises BadSetting where it is not clear which, naming all.
    """
    if not isinstance(table, str):
        return table
    modules: dict[str, Any] = dict(model.named_modules())
    if table in _METHODS:
        return _known_to(modules, table)
    if table not in modules:
        raise BadSetting("table", table, f"input, output or the name of a module; {_choices(modules)}")
    named = modules[table]
    return named if hasattr(named, "weight") else table_of(named)


def _known_to(modules: dict[str, Any], table: str) -> Any:
    models = [name for name, module in modules.items() if callable(getattr(module, _METHODS[table], None))]
    outermost = [name for name in models if not any(_is_inside(name, other) for other in models)]
    found = {name: _asked(modules[name], _METHODS[table]) for name in outermost}
    found = {name: module for name, module in found.items() if module is not None}
    if not found and table == "input":
        found = _embeddings(modules)
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise BadSetting("table", table, f"another one, since this model has no {table} table")
    raise BadSetting(
        "table", table, f"the name of a module, since several have such a table; {_choices(modules)}"
    )


def _asked(model: Any, method: str) -> Any:
    try:
        return getattr(model, method)()
    except (NotImplementedError, AttributeError):  # as transformers has it for models without one
        return None


def _is_inside(name: str, other: str) -> bool:
    return name != other and (other == "" or name.startswith(f"{other}."))


def _embeddings(modules: dict[str, Any]) -> dict[str, Any]:
    from torch.nn import Embedding

    return {name: module for name, module in modules.items() if isinstance(module, Embedding)}


def _choices(modules: dict[str, Any]) -> str:
    named = [
        f"{name} ({' × '.join(f'{n:,}' for n in each.weight.shape)})"
        for name, each in _embeddings(modules).items()
    ]
    return f"tables of this model: {', '.join(named) or 'none'}"
