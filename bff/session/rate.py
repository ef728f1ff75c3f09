"""How often something may be done, as settings write it: `600/minute`, `5 per 30 second`."""

from dataclasses import dataclass
from typing import Annotated, Self

from limits import parse
from pydantic import BeforeValidator
from pydantic_settings import NoDecode


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` requests at once, which come back evenly within `seconds`."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: object) -> Self:
        """The rate that `text` describes, in the notation of the library `limits`.

        Raises:
            ValueError: it describes none, or one of zero.
        """
        if isinstance(text, cls):
            return text
        item = parse(str(text))
        if item.amount < 1:
            raise ValueError("a rate of zero lets nobody in")
        return cls(item.amount, item.get_expiry())


# the environment holds the notation itself, no JSON
RateSetting = Annotated[Rate, NoDecode, BeforeValidator(Rate.parse)]
