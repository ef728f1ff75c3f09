"""Devices as identity knows them, at most half a second old; and the tokens that name them."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from starlette.requests import Request

from bff.pos.dpop import DeviceRefused, Proofs, ProvenKey
from bff.pos.graph import Graph
from bff.session.model import epoch_seconds
from bff.session.sealing import Sealer, Unsealable
from kernel import base64url
from kernel.ids import GlobalId
from kernel.telemetry import get_logger

log = get_logger(__name__)

TOKEN_SECONDS: Final = 86_400
_CACHED_SECONDS: Final = 0.5
_MOST_CACHED: Final = 10_000
_PLACE: Final = "device token"
_DEVICE: Final = "query Device($id: ID!) { device(id: $id) { id name storeId thumbprint status } }"


class DeviceRevoked(DeviceRefused):
    """The device is not, or no longer, one of the tenant's; `device_id` if a token of ours names it."""

    code = "DEVICE_REVOKED"

    def __init__(self, device_id: str | None = None) -> None:
        super().__init__("this device is not enrolled")
        self.device_id = device_id


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled till; `id` is the graph's."""

    id: str
    tenant_id: UUID
    store_id: UUID
    name: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class _Named:
    device_id: str
    tenant_id: UUID
    thumbprint: str
    expires_at: int


_TOKEN: TypeAdapter[_Named] = TypeAdapter(_Named)


class EnrolledDevices:
    """Looks devices up in the graph. An answer is used for half a second, so a revoked till is dead within one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._asked: OrderedDict[tuple[UUID, str], tuple[float, asyncio.Task[Device | None]]] = OrderedDict()

    async def find(self, tenant_id: UUID, device_id: str) -> Device | None:
        """The device if it is enrolled.

        Raises:
            Unavailable: the graph does not answer: nobody is let in on an older word.
        """
        key = (tenant_id, device_id)
        asked_at, task = self._asked.get(key, (float("-inf"), None))
        if task is None or time.monotonic() - asked_at > _CACHED_SECONDS:
            task = asyncio.create_task(self._look_up(tenant_id, device_id))
            # what is old counts from the question on, not from the answer
            self._asked[key] = (time.monotonic(), task)
            self._asked.move_to_end(key)
            if len(self._asked) > _MOST_CACHED:
                self._asked.popitem(last=False)
        return await asyncio.shield(task)

    async def _look_up(self, tenant_id: UUID, device_id: str) -> Device | None:
        found = await self._graph.ask_for_tenant(_DEVICE, {"id": device_id}, tenant_id)
        if found is None or found["status"] != "ENROLLED":
            return None
        store = GlobalId.decode(str(found["storeId"]), expected_type="Store")
        return Device(str(found["id"]), tenant_id, store.uuid, str(found["name"]), str(found["thumbprint"]))


class DeviceTokens:
    """Sealed names of devices, bound to the thumbprint of their key; worth nothing without a proof by that key."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def issue(self, device: Device) -> str:
        """A token for one day; a till whose token has ended gets another for a proof."""
        named = _Named(device.id, device.tenant_id, device.thumbprint, epoch_seconds() + TOKEN_SECONDS)
        return base64url.encode(self._sealer.seal(_TOKEN.dump_json(named), _PLACE))

    def read(self, token: str) -> tuple[UUID, str, str]:
        """Tenant, device and thumbprint of a token.

        Raises:
            DeviceRefused: it is not one of ours, or has ended.
        """
        try:
            named = _TOKEN.validate_json(self._sealer.unseal(base64url.decode(token), _PLACE))
        except (Unsealable, ValueError):
            raise DeviceRefused("the device token is not good", code="INVALID_DEVICE_TOKEN") from None
        if named.expires_at <= epoch_seconds():
            raise DeviceRefused("the device token has ended", code="INVALID_DEVICE_TOKEN")
        return named.tenant_id, named.device_id, named.thumbprint


@dataclass(frozen=True, slots=True)
class DeviceGate:
    """Lets requests of enrolled devices through."""

    proofs: Proofs
    tokens: DeviceTokens
    devices: EnrolledDevices

    async def proven(self, request: Request) -> Device:
        """The enrolled device that sent this request.

        Raises:
            DeviceRefused: no token, no proof, or not both of one enrolled device.
            Unavailable: Redis or the graph does not answer.
        """
        token = _token_of(request)
        tenant_id, device_id, thumbprint = self.tokens.read(token)
        key = await self.proofs.proven(request, token=token)
        if key.thumbprint != thumbprint:
            raise DeviceRefused("the token is bound to another key", code="INVALID_DEVICE_TOKEN")
        device = await self.devices.find(tenant_id, device_id)
        if device is None:
            raise DeviceRevoked(device_id)
        return device

    async def enrolled(self, tenant_id: UUID, device_id: str, key: ProvenKey) -> Device:
        """The enrolled device that holds this key.

        Raises:
            DeviceRevoked: there is none, or no longer.
        """
        device = await self.devices.find(tenant_id, device_id)
        if device is None or device.thumbprint != key.thumbprint:
            raise DeviceRevoked
        return device


def _token_of(request: Request) -> str:
    sent = request.headers.getlist("authorization")
    scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "dpop" or not token.strip() or not token.isascii():
        raise DeviceRefused("a device token is needed", code="DEVICE_TOKEN_REQUIRED")
    return token.strip()
