"""Mapped aggregates of identity with their rules; no I/O."""

from subgraphs.identity.model.account import AccountMail, AccountState, AccountTask
from subgraphs.identity.model.approval import Approval, ApprovalAction, require_told
from subgraphs.identity.model.device import Device, DeviceStatus, thumbprint_of
from subgraphs.identity.model.people import Tenant, User
from subgraphs.identity.model.pin import MAX_FAILURES, Pin, PinOwner, PinSecrets, require_strong
from subgraphs.identity.model.tables import IdentityTable
from subgraphs.identity.model.till_item import TillDeed, TillItem, TillItemCode, TillItemOutcome, TillItemStatus

__all__ = [
    "MAX_FAILURES",
    "AccountMail",
    "AccountState",
    "AccountTask",
    "Approval",
    "ApprovalAction",
    "Device",
    "DeviceStatus",
    "IdentityTable",
    "Pin",
    "PinOwner",
    "PinSecrets",
    "Tenant",
    "TillDeed",
    "TillItem",
    "TillItemCode",
    "TillItemOutcome",
    "TillItemStatus",
    "User",
    "require_strong",
    "require_told",
    "thumbprint_of",
]
