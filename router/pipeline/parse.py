"""First stage: text to syntax tree, bounded by size and tokens before anything is built from it."""

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse

from router.pipeline.limit import Limits
from router.pipeline.refusal import BAD_USER_INPUT, QUERY_TOO_COSTLY, QUERY_TOO_DEEP, RequestRefused


def parse_document(text: str, limits: Limits) -> DocumentNode:
    """The syntax tree of a client's document.

    Raises:
        RequestRefused: it is too large, nested too deeply, or not GraphQL.
    """
    if len(text.encode(errors="replace")) > limits.document_bytes:
        raise RequestRefused.because("the document is too large", QUERY_TOO_COSTLY)
    try:
        return parse(text, max_tokens=limits.tokens, allow_empty_selection_sets=False)
    except GraphQLError as error:
        raise RequestRefused.of([error], _code_of(error.message)) from error
    except RecursionError:
        raise RequestRefused.because("the document is nested too deeply", QUERY_TOO_DEEP) from None


def _code_of(message: str) -> str:
    # graphql-core has no other sign that a bound of its parser was passed
    if "Parsing aborted" not in message:
        return BAD_USER_INPUT
    return QUERY_TOO_DEEP if "deeply" in message else QUERY_TOO_COSTLY


def select_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to execute.

    Raises:
        RequestRefused: there is none of that name, or several and no name.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        operations = [node for node in operations if node.name is not None and node.name.value == name]
    if not operations:
        what = f"the operation {name}" if name else "an operation"
        raise RequestRefused.because(f"the document does not have {what}")
    if len(operations) > 1:
        raise RequestRefused.because("the document has several operations: say which one in operationName")
    return operations[0]
