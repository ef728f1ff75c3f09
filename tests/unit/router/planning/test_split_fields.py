"""Fields whose parts come from several subgraphs are put together again, whatever is left of them."""

from tests.factories.federation import FederatedGraph, World


async def test_a_field_of_which_everything_is_skipped_is_there_when_its_parent_is_split():
    author = {"__typename": "Author", "id": "1"}
    book = {"__typename": "Book", "title": "Emma", "pages": 300, "author": author}
    world = World(computed={"Query.book": lambda _: book})
    graph = FederatedGraph(
        world,
        {
            "texts": "type Query { book: Book @shareable } type Book { title: String }",
            "prints": "type Query { book: Book @shareable } type Book { pages: Int author: Author } "
            "type Author { id: ID! }",
        },
    )
    query = "{ book { title pages author { id @skip(if: true) } } }"

    answer = await graph.ask(query)

    assert answer == await graph.expected(query) == {"data": {"book": {"title": "Emma", "pages": 300, "author": {}}}}
    assert graph.fetches == ["texts", "prints"]
