"""The response of a request while its answers come in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kernel.subgraph import JsonObject
from router.execution.answered import Answered, Answers, Portion
from router.execution.gathered import Place
from router.planning.nodes import Fetch


@dataclass(slots=True)
class Response:
    """What has come back so far, in the planner's keys, and the errors in the client's."""

    answers: Answers = field(default_factory=lambda: Answers({}))
    errors: list[JsonObject] = field(default_factory=list[JsonObject])

    @property
    def values(self) -> JsonObject:
        """What all answers make together."""
        return self.answers.values

    def fail(self, fetch: Fetch, places: Sequence[Place], errors: Iterable[JsonObject]) -> None:
        """Take in that a fetch has brought nothing to some places."""
        self.errors.extend(errors)
        portions = [Portion(expected, (), [[target for target, _ in targets]]) for expected, targets in places]
        self.answers.received.append(Answered(fetch, (), portions))
