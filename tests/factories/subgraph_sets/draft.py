"""Subgraphs that are still being drawn: parts that can be changed, and their SDL."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from router.composition.federation_specification import directives_of

_GRAPHQL_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})


@dataclass(slots=True)
class Use:
    """One directive where it stands, by its canonical name; `arguments` is SDL without the parentheses."""

    name: str
    arguments: str = ""


@dataclass(slots=True)
class Member:
    """A field, an argument, an input field, an enum value or a union's member."""

    name: str
    type: str = ""
    arguments: dict[str, "Member"] = field(default_factory=dict)
    default: str = ""
    uses: list[Use] = field(default_factory=list)
    description: str = ""

    def has(self, directive: str) -> bool:
        """Whether the directive stands here."""
        return any(use.name == directive for use in self.uses)

    def drop(self, directive: str) -> None:
        """Take the directive away."""
        self.uses = [use for use in self.uses if use.name != directive]


@dataclass(slots=True)
class Draft:
    """One type definition."""

    keyword: str
    name: str
    members: dict[str, Member] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    description: str = ""
    is_extension: bool = False
    is_split: bool = False

    def has(self, directive: str) -> bool:
        """Whether the directive stands on the type itself."""
        return any(use.name == directive for use in self.uses)

    def drop(self, directive: str) -> None:
        """Take the directive away."""
        self.uses = [use for use in self.uses if use.name != directive]


@dataclass(slots=True)
class SubgraphDraft:
    """One subgraph. `minor` is None for Federation 1; `renames` maps a directive to the name it is imported by.

    `prefixed` directives are not imported at all. `links` are more directives of its schema, `own_directives` the names
    of directives defined in `extra`. `defines_schema` says `schema { … }` where others only extend it.
    """

    name: str
    minor: int | None
    types: dict[str, Draft] = field(default_factory=dict)
    renames: dict[str, str] = field(default_factory=dict)
    prefixed: set[str] = field(default_factory=set)
    roots: dict[str, str] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    own_directives: set[str] = field(default_factory=set)
    defines_schema: bool = False

    def knows(self, directive: str) -> bool:
        """Whether this subgraph's version has the directive."""
        is_own = directive in _GRAPHQL_DIRECTIVES or directive in self.own_directives
        return is_own or any(item.name == directive for item in directives_of(self.minor))

    def composites(self) -> list[Draft]:
        """Its objects and interfaces."""
        return [type_ for type_ in self.types.values() if type_.keyword in ("type", "interface")]

    def sdl(self) -> str:
        """The subgraph as its owner would publish it."""
        return "\n".join([*self._head(), *self.extra, *(self._definition(type_) for type_ in self.types.values())])

    def _head(self) -> Iterator[str]:
        links = list(self.links)
        if self.minor is not None:
            imports = ", ".join(self._imports())
            links.insert(0, f'@link(url: "https://specs.apollo.dev/federation/v2.{self.minor}", import: [{imports}])')
        roots = {root.lower(): self._type(root) for root in ("Query", "Mutation", "Subscription") if root in self.types}
        if not roots or not (self.defines_schema or self._renamed_roots()):
            yield from (f"extend schema {link}" for link in links)
            return
        yield f"schema {' '.join(links)} {{ {' '.join(f'{key}: {name}' for key, name in roots.items())} }}"

    def _renamed_roots(self) -> dict[str, str]:
        return {operation: name for operation, name in self.roots.items() if operation.title() in self.types}

    def _imports(self) -> Iterator[str]:
        for directive in directives_of(self.minor):
            if directive.name in self.prefixed:
                continue
            renamed = self.renames.get(directive.name)
            yield f'{{ name: "@{directive.name}", as: "@{renamed}" }}' if renamed else f'"@{directive.name}"'

    def _definition(self, type_: Draft) -> str:
        parts = list(type_.members.values())
        if not type_.is_split or len(parts) == 1:
            return self._part(type_, parts, type_.uses, is_extension=type_.is_extension)
        first = self._part(type_, parts[:1], type_.uses[:1], is_extension=type_.is_extension)
        return f"{first}\n{self._part(type_, parts[1:], type_.uses[1:], is_extension=True)}"

    def _part(self, type_: Draft, members: list[Member], uses: list[Use], *, is_extension: bool) -> str:
        name = self.roots.get(type_.name.lower(), type_.name)
        is_first = members[:1] == list(type_.members.values())[:1]
        interfaces = f" implements {' & '.join(type_.interfaces)}" if type_.interfaces and is_first else ""
        text = "" if is_extension else _quoted(type_.description)
        head = f"{text}{'extend ' * is_extension}{type_.keyword} {name}{interfaces}{self._uses(uses)}"
        if type_.keyword == "union":
            return f"{head} = {' | '.join(member.name for member in members)}"
        if not members:
            return head
        lines = [f"  {self._member(member)}" for member in members]
        return "\n".join([f"{head} {{", *lines, "}"])

    def _member(self, member: Member) -> str:
        arguments = ", ".join(self._member(argument) for argument in member.arguments.values())
        called = f"({arguments})" if arguments else ""
        typed = f": {self._type(member.type)}" if member.type else ""
        default = f" = {member.default}" if member.default else ""
        return f"{_quoted(member.description)}{member.name}{called}{typed}{default}{self._uses(member.uses)}"

    def _type(self, text: str) -> str:
        bare = text.strip("[]!")
        renamed = self.roots.get(bare.lower()) if bare in ("Query", "Mutation", "Subscription") else None
        return text.replace(bare, renamed) if renamed else text

    def _uses(self, uses: list[Use]) -> str:
        return "".join(f" {self._use(use)}" for use in uses if self.knows(use.name))

    def _use(self, use: Use) -> str:
        prefix = "federation__" if use.name in self.prefixed else ""
        name = self.renames.get(use.name, f"{prefix}{use.name}")
        return f"@{name}({use.arguments})" if use.arguments else f"@{name}"


def _quoted(description: str) -> str:
    if "\n" in description:
        return f'"""\n{description}\n""" '
    return f'"{description}" ' if description else ""
