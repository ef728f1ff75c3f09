"""The response of a request while its answers come in."""

from dataclasses import dataclass, field

from kernel.subgraph import JsonObject
from router.execution.answered import Answers


@dataclass(slots=True)
class Response:
    """What has come back so far, in the planner's keys, and the errors in the client's."""

    answers: Answers = field(default_factory=lambda: Answers({}))
    errors: list[JsonObject] = field(default_factory=list[JsonObject])

    @property
    def values(self) -> JsonObject:
        """What all answers make together."""
        return self.answers.values
