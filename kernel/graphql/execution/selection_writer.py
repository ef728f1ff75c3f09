"""Writes the function that selects from one object: fields in order, leaves in runs, one dict at the end."""

from collections.abc import Sequence
from typing import Any

from kernel.graphql.execution.readers import Kind, Reader
from kernel.graphql.execution.runtime import PathNode, Run
from kernel.graphql.execution.sites import LeafShape, Site
from kernel.graphql.execution.source import Namespace, Text, quoted
from kernel.graphql.execution.value_writer import ValueWriter


class SelectionWriter:
    """One function `select(run, o, p)`: `o` is the object, `p` its path."""

    def __init__(self, name: str, names: Namespace, values: ValueWriter) -> None:
        self._names = names
        self._values = values
        self._head = f"def {name}(run, o, p):"
        self._text = Text("")
        self._run: list[tuple[Site, Reader, str]] = []
        #: response keys with what stands for their values, not written yet
        self._entries: list[tuple[str, str]] = []
        self._relations: list[int] = []
        self._has_dict = False
        self._has_default = False
        self._count = 0

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._text.length

    def constant(self, key: str, literal: str) -> None:
        """A value known now."""
        self._entries.append((quoted(key), literal))

    def relation(self, site: Site, queue: int) -> None:
        """A field that is read later for all parents together."""
        self._entries.append((quoted(site.key), "None"))
        self._relations.append(queue)

    def awaited(self, site: Site, reader: Reader, queue: int) -> None:
        """A field whose resolver is called now and awaited later."""
        self._flush()
        self._entries.append((quoted(site.key), "None"))
        self._write_entries()
        text = self._text
        text.open("try:")
        text.add(f"v = {reader.expression}")
        text.close()
        self._failing(site, "v")
        text.open("else:")
        text.add(f"run.queues[{queue}].append((v, d, p))")
        text.close()

    def field(self, site: Site, reader: Reader) -> None:
        """A field that is completed now."""
        variable = f"a{self._count}"
        self._count += 1
        self._has_default = self._has_default or reader.is_default
        self._entries.append((quoted(site.key), variable))
        if reader.kind is Kind.PURE and isinstance(site.shape, LeafShape):
            self._run.append((site, reader, variable))
            return
        self._flush()
        text = self._text
        text.open("try:")
        if reader.is_row:
            text.add("w = o.row")
        text.add(f"{variable} = {reader.expression}")
        if reader.is_default:
            text.open(f"if type({variable}) not in PLAIN:")
            text.add(f"{variable} = {self._names.bind('called', _Called(site))}(run, {variable}, p)")
            text.close()
        self._values.position(text, site.shape, variable, _place(site))
        text.close()
        self._failing(site, variable)

    def finish(self) -> str:
        """The function's text."""
        self._flush()
        text = self._text
        if not self._has_dict and not self._relations:
            text.add(f"return {self._display()}")
        else:
            self._write_entries()
            text.add(*[f"run.queues[{queue}].append((o, d, p))" for queue in self._relations])
            text.add("return d")
        start = Text(self._head)
        if self._has_default:
            start.add("t = type(o) is dict or type(o) not in OTHER and is_mapping(o)")
        return f"{start}{text}"

    def _flush(self) -> None:
        """Write the run of leaves. If one of them is unusual all are read again, each guarded on its own."""
        if not self._run:
            return
        text = self._text
        text.open("try:")
        if any(reader.is_row for _, reader, _ in self._run):
            text.add("w = o.row")
        for site, reader, variable in self._run:
            text.add(f"{variable} = {reader.expression}")
            if isinstance(site.shape, LeafShape):
                text.add(*self._values.leaf(site.shape, variable))
        text.close()
        text.open("except Exception:")
        again = self._names.bind("again", Again([site for site, _, _ in self._run]))
        text.add(f"{', '.join(variable for _, _, variable in self._run)}, = {again}(run, o, p)")
        text.close()
        self._run.clear()

    def _failing(self, site: Site, variable: str) -> None:
        self._text.open("except Exception as error:")
        self._text.add(f"{variable} = {self._names.bind('fail', site.shape.fail)}(run, error, {_place(site)})")
        self._text.close()

    def _write_entries(self) -> None:
        if self._has_dict:
            self._text.add(*[f"d[{key}] = {value}" for key, value in self._entries])
        else:
            self._text.add(f"d = {self._display()}")
            self._has_dict = True
        self._entries.clear()

    def _display(self) -> str:
        return "{" + ", ".join(f"{key}: {value}" for key, value in self._entries) + "}"


class Again:
    """Reads and completes a run of leaves one by one."""

    __slots__ = ("_sites",)

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites = sites

    def __call__(self, run: Run, source: object, path: PathNode) -> list[Any]:
        """The completed values, in order."""
        return [site.evaluate(run, source, path) for site in self._sites]


class _Called:
    """Calls the attribute that turned out to be a method, as graphql-core's default resolver does."""

    __slots__ = ("_site",)

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, run: Run, value: Any, path: PathNode) -> Any:
        return value(run.info(self._site, path)) if callable(value) else value


def _place(site: Site) -> str:
    return f"(p, {quoted(site.key)}, {quoted(site.parent.name)})"
