"""`retailflow build-graphiql`: build the query explorer from its npm packages."""

from cli.assets import GraphiqlBuildFailed, ensure_graphiql
from cli.errors import CommandError
from cli.state import StateFolder


def build_graphiql() -> None:
    """Build GraphiQL unless it is built; `up` does it in the background at the first start."""
    try:
        print(ensure_graphiql(StateFolder.open().path))
    except GraphiqlBuildFailed as failure:
        raise CommandError(f"GraphiQL was not built: {failure}") from failure
