"""Configuration of the router process: RETAILFLOW_ROUTER_* and the common variables."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import CommonSettings
from router.configuration import RouterConfiguration, read_configuration
from router.pipeline.limit import Limits


class RouterSettings(CommonSettings):
    """Limits, time-outs and where tokens come from; without an issuer nobody is authenticated.

    `operation_seconds` bounds all fetches of a request together, `subgraph_seconds` one of them. `config_file` names
    the file with everything that differs per subgraph (router/configuration.py); what it says about time-outs, sizes
    of answers and keys goes before what is said here. `caller_keys` is a JSON object subgraph → key that calls to it
    are proven with (kernel/caller_proof.py). `supergraph_poll_seconds` is how often a served supergraph file is
    looked at. Before a new one takes over, its plans are made for the `warmed_documents` that were used most;
    none is begun after `warmed_seconds` of CPU time. More subscriptions than `max_subscriptions` altogether, or
    `max_subscriptions_per_caller` of one caller, are refused.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(env_prefix="RETAILFLOW_ROUTER_", extra="ignore")

    issuer: str = ""
    audience: str = "retail-api"
    jwks_url: str = ""
    config_file: str = ""
    caller_keys: Mapping[str, SecretStr] = Field(default_factory=dict[str, SecretStr])
    supergraph_poll_seconds: float = 2.0
    allows_introspection: bool = True
    subgraph_seconds: float = 10.0
    operation_seconds: float = 15.0
    max_body_bytes: int = 1_048_576
    max_answer_bytes: int = 16 * 1_048_576
    max_entities: int = 10_000
    max_subscriptions: int = 2_000
    max_subscriptions_per_caller: int = 20
    cached_documents: int = 1_000
    warmed_documents: int = 200
    warmed_seconds: float = 3.0
    plan_budget: int = 20_000
    plan_seconds: float = 1.0
    condition_plans: int = 8
    override_labels: str = ""
    max_document_bytes: int = 100_000
    max_tokens: int = 1_000
    max_depth: int = 12
    max_introspection_depth: int = 20
    max_aliases: int = 30
    max_root_fields: int = 20
    max_same_key: int = 10
    max_fragments: int = 50
    max_directives: int = 20
    max_fields: int = 2_000
    max_variable_items: int = 20_000

    @cached_property
    def configuration(self) -> RouterConfiguration:
        """What the configuration file says.

        Raises:
            InvalidConfiguration: the file cannot be used.
        """
        path = Path(self.config_file) if self.config_file else None
        return read_configuration(
            path, {"timeout_seconds": self.subgraph_seconds, "max_answer_bytes": self.max_answer_bytes}
        )

    @property
    def limits(self) -> Limits:
        """The bounds per operation."""
        return Limits(
            document_bytes=self.max_document_bytes,
            tokens=self.max_tokens,
            depth=self.max_depth,
            introspection_depth=self.max_introspection_depth,
            aliases=self.max_aliases,
            root_fields=self.max_root_fields,
            same_key=self.max_same_key,
            fragments=self.max_fragments,
            directives=self.max_directives,
            fields=self.max_fields,
            variable_items=self.max_variable_items,
        )
