"""Bodies of what tills send, checked by their kind."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from subgraphs.identity.errors import Invalid
from subgraphs.identity.model.till_item import TillDeed


class DeedBody(BaseModel):
    """What a body holds: these members and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


BodyT = TypeVar("BodyT", bound=DeedBody)


def body_of(kind: type[BodyT], deed: TillDeed) -> BodyT:
    """The body of a deed.

    Raises:
        Invalid: it is not as its kind says; the message repeats nothing of it.
    """
    try:
        return kind.model_validate_json(deed.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Invalid(first["msg"], field=("body", *(str(part) for part in first["loc"]))) from None
