"""Idempotency keys (C-12): the first answer is stored in the transaction of its effect and given again."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, DateTime, LargeBinary, MetaData, Table, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import utcnow
from kernel.database.transaction import Transaction
from kernel.errors import BadUserInput, IdempotencyKeyReused

ResultT = TypeVar("ResultT")
_MAX_KEY = 128

idempotency_table = Table(
    "idempotency",
    MetaData(),
    Column("tenant_id", Uuid, primary_key=True),
    Column("principal", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("result", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key the client chose, for one named operation."""

    operation: str
    key: str


async def run_once(  # noqa: PLR0917 - who, which key, what, how, into what
    tx: Transaction,
    key: IdempotencyKey,
    command: object,
    effect: Callable[[], Awaitable[ResultT]],
    result_type: type[ResultT],
) -> ResultT:
    """Run `effect` once per (tenant, principal, operation, key); later calls get the stored result.

    `command` is hashed: the same key with another command is refused. A second call while the first is in
    flight waits for it on the unique index. A refusal rolls the record back, so the call may be repeated.

    Raises:
        BadUserInput: the key is empty or longer than 128 characters.
        IdempotencyKeyReused: the key was used with another command.
    """
    if not 0 < len(key.key) <= _MAX_KEY:
        raise BadUserInput("must have 1 to 128 characters", field=("idempotencyKey",))
    request_hash = hashlib.sha256(TypeAdapter(type(command)).dump_json(command)).digest()
    results = TypeAdapter(result_type)
    if not await _claim(tx, key, request_hash):
        return results.validate_json(await _stored_result(tx, key, request_hash))
    result = await effect()
    stored = results.dump_json(result).decode()
    await tx.session.execute(update(idempotency_table).where(*_same(tx, key)).values(result=stored))
    return result


async def _claim(tx: Transaction, key: IdempotencyKey, request_hash: bytes) -> bool:
    claim = (
        insert(idempotency_table)
        .values(
            tenant_id=tx.tenant_id,
            principal=tx.principal.subject,
            operation=key.operation,
            key=key.key,
            request_hash=request_hash,
            created_at=utcnow(),
        )
        .on_conflict_do_nothing()
        .returning(idempotency_table.c.key)
    )
    return (await tx.session.execute(claim)).scalar_one_or_none() is not None


async def _stored_result(tx: Transaction, key: IdempotencyKey, request_hash: bytes) -> str:
    query = select(idempotency_table.c.request_hash, idempotency_table.c.result).where(*_same(tx, key))
    stored = (await tx.session.execute(query)).one()
    if bytes(stored.request_hash) != request_hash:
        raise IdempotencyKeyReused("this idempotency key was used with another request", field=("idempotencyKey",))
    return str(stored.result)


def _same(tx: Transaction, key: IdempotencyKey) -> tuple[ColumnElement[bool], ...]:
    columns = idempotency_table.c
    return (
        columns.tenant_id == tx.tenant_id,
        columns.principal == tx.principal.subject,
        columns.operation == key.operation,
        columns.key == key.key,
    )
