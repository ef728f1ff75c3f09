"""How a server process of ours collects garbage, once it has started, and how long it keeps connections."""

import gc
from typing import Final

# objects that are alive, about 10 MB of them: Python's default is 700, less than the answers under way are made of, so
# the collector would look through those again and again and find nothing
YOUNG_OBJECTS: Final = 50_000
_YOUNG_PER_MIDDLE: Final = 20
_MIDDLE_PER_FULL: Final = 20
# longer than whoever calls us keeps an idle connection (balancers: 60 s, the BFFs: 30 s). Who closes first while the
# other sends makes a request fail that must not be sent again; uvicorn would close after 5 s
KEEP_ALIVE_SECONDS: Final = 75


def tune_garbage_collection(*, young_objects: int = YOUNG_OBJECTS) -> None:
    """Keep what the start has made out of every later garbage collection, and collect less often.

    Modules, schemas and settings live as long as the process: looking through them (some 150,000 objects) in each
    full collection costs time and shows as slow answers. Call it when the process is ready to serve; a second call
    takes in what was made since. How many `young_objects` are looked through together is a matter of how many a process
    has under way: what is in use is looked through in vain.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(young_objects, _YOUNG_PER_MIDDLE, _MIDDLE_PER_FULL)
