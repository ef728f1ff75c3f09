"""What the worker process reads from the environment."""

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import CallerSettings, CommonSettings, TokenSettings


class WorkerSettings(TokenSettings, CallerSettings):
    """Settings of `retailflow serve worker`, from `RETAILFLOW_*`.

    Attributes:
        redis_url: the event bus.
        broker_url: Dramatiq's own Redis database, `noeviction`.
        token_url: where our clients at the issuer get their tokens.
        saga_worker_secret: of the client that runs checkouts, and nothing else.
        notification_worker_secret: of the client that reads orders to write about them, and nothing else.
        subgraph_urls: JSON object context → URL of its /graphql; empty calls the subgraphs in this process.
        actor_threads: how many actors run at once.
    """

    redis_url: str
    broker_url: str
    token_url: str
    saga_worker_secret: str
    notification_worker_secret: str
    subgraph_urls: dict[str, str] = Field(default_factory=dict[str, str])
    actor_threads: int = 16


class RoleSettings(CommonSettings):
    """The DSNs of one context: RETAILFLOW_<CONTEXT>_DATABASE_URL and RETAILFLOW_<CONTEXT>_WORKER_DATABASE_URL."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(extra="ignore")

    database_url: str
    worker_database_url: str
    pool_size: int = 10

    @classmethod
    def for_context(cls, name: str) -> "RoleSettings":
        """Read the DSNs of the context `name`."""
        return cls(_env_prefix=f"RETAILFLOW_{name.upper()}_")  # pyright: ignore[reportCallIssue]
