"""The consumer `search_index`: product facts in, search documents out, through what catalog exports."""

from kernel.database import Database
from subgraphs.catalog.app import SearchIndex, search_handlers
from workers.event_consumers import Consumer

NAME = "search_index"


def search_index_consumer(search: SearchIndex, database: Database) -> Consumer:
    """The consumer; `database` is the role `catalog_app`, where its inbox is and the default index too.

    The caller closes both. A consumer that starts over with another name fills an empty index from the log of
    events, because every handler reads the product as it stands.
    """
    return Consumer(NAME, search_handlers(search), database)
