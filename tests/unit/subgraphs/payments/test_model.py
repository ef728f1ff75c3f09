import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.payments.errors import InvalidAmount
from subgraphs.payments.events import PaymentCompleted, PaymentFailed, PaymentInitiated, PaymentRefunded
from subgraphs.payments.model import Payment, PaymentStatus, Refund, RefundStatus

TENANT = uuid7()


def payment(minor: int = 1000) -> Payment:
    return Payment.intend(TENANT, uuid7(), Money(minor, "GBP"), provider="p", provider_key="k")


def completed(minor: int = 1000) -> Payment:
    row = payment(minor)
    row.begin_attempt()
    row.capture(Money(minor, "GBP"), reference="ch")
    return row


def test_a_capture_completes_and_is_told_once():
    row = completed()
    row.capture(Money(1000, "GBP"), reference="ch-again")
    row.decline("late", reference=None)

    assert (row.status, row.captured_minor, row.provider_reference) == (PaymentStatus.COMPLETED, 1000, "ch")
    assert [type(fact) for fact in row.release_events()] == [PaymentInitiated, PaymentCompleted]


def test_a_decline_is_told_once():
    row = payment()
    row.begin_attempt()
    row.decline("card_declined", reference="ch")
    row.decline("again", reference="ch")

    assert (row.status, row.failure_code, row.captured_minor) == (PaymentStatus.FAILED, "card_declined", 0)
    assert [type(fact) for fact in row.release_events()] == [PaymentInitiated, PaymentFailed]


@pytest.mark.parametrize("given_up_by", ["void", "give_up"])
def test_what_is_captured_after_giving_up_is_owed(given_up_by: str):
    row = payment()
    row.begin_attempt()
    getattr(row, given_up_by)()
    assert row.is_settled is False

    row.capture(Money(1000, "GBP"), reference="ch")

    assert (row.status, row.owed_minor) == (PaymentStatus.VOIDED, 1000)


def test_money_captured_against_a_decline_is_owed():
    row = payment()
    row.begin_attempt()
    row.decline("card_declined", reference="ch")
    row.capture(Money(1000, "GBP"), reference="ch")

    assert (row.status, row.owed_minor) == (PaymentStatus.VOIDED, 1000)
    assert [type(fact) for fact in row.release_events()] == [PaymentInitiated, PaymentFailed]


@pytest.mark.parametrize("given_up_by", ["void", "give_up"])
def test_what_was_never_sent_is_settled_by_giving_up_and_is_not_sent_any_more(given_up_by: str):
    row = payment()
    getattr(row, given_up_by)()

    assert (row.is_settled, row.owed_minor, row.begin_attempt()) == (True, 0, False)


def test_voiding_a_declined_or_refunded_payment_changes_nothing():
    declined = payment()
    declined.begin_attempt()
    declined.decline("x", reference=None)
    refunded = completed()
    refunded.claim(1000)
    refunded.give_back(1000)

    for row in (declined, refunded):
        status = row.status
        row.void()
        assert (row.status, row.owed_minor) == (status, 0)


@pytest.mark.parametrize(("minor", "currency"), [(999, "GBP"), (1001, "GBP"), (1000, "EUR")])
def test_another_amount_than_asked_for_is_owed_back(minor: int, currency: str):
    row = payment()
    row.begin_attempt()
    row.capture(Money(minor, currency), reference="ch")

    assert (row.status, row.failure_code, row.owed_minor) == (PaymentStatus.FAILED, "AMOUNT_MISMATCH", minor)


def test_a_negative_charge_or_refund_is_refused():
    with pytest.raises(InvalidAmount):
        payment(-1)
    with pytest.raises(InvalidAmount):
        Refund.of_return(TENANT, uuid7(), None, Money(-1, "GBP"))


def test_a_refund_ends_once():
    refund = Refund.of_return(TENANT, uuid7(), uuid7(), Money(5, "GBP"))

    assert [refund.complete("re"), refund.complete("re"), refund.fail("x")] == [True, False, False]
    assert refund.status is RefundStatus.COMPLETED
    assert [type(fact) for fact in refund.release_events()] == [PaymentRefunded]


@given(st.lists(st.integers(1, 1000), max_size=6))
def test_partial_refunds_add_up(amounts: list[int]):
    row = completed(1000)
    for minor in amounts:
        if minor <= row.unclaimed_minor:
            row.claim(minor)
            row.give_back(minor)

    expected = {0: PaymentStatus.COMPLETED, 1000: PaymentStatus.REFUNDED}
    assert row.status is expected.get(row.refunded_minor, PaymentStatus.PARTIALLY_REFUNDED)
    assert row.refunded_minor <= row.captured_minor


class PaymentMachine(RuleBasedStateMachine):
    """Any order of messages, voids and refunds: money given back never exceeds money captured."""

    @initialize(minor=st.integers(1, 100))
    def intend(self, minor: int) -> None:
        self.row = payment(minor)
        self.attempted = False

    @rule()
    def attempt(self) -> None:
        self.attempted = self.row.begin_attempt() or self.attempted

    @precondition(lambda self: self.attempted)
    @rule(off=st.sampled_from([0, 0, 0, 1]))
    def capture(self, off: int) -> None:
        self.row.capture(Money(self.row.amount_minor + off, "GBP"), reference="ch")

    @precondition(lambda self: self.attempted)
    @rule()
    def decline(self) -> None:
        self.row.decline("declined", reference=None)

    @rule()
    def void(self) -> None:
        self.row.void()

    @rule()
    def give_up(self) -> None:
        self.row.give_up()

    @precondition(lambda self: self.row.owed_minor > 0)
    @rule()
    def pay_back(self) -> None:
        refund = Refund.of_void(self.row)
        self.row.give_back(refund.amount_minor)

    @rule(minor=st.integers(1, 100))
    def refund(self, minor: int) -> None:
        if minor <= self.row.unclaimed_minor:
            self.row.claim(minor)
            self.row.give_back(minor)

    @invariant()
    def books_hold(self) -> None:
        row = self.row
        assert 0 <= row.refunded_minor <= row.claimed_minor <= row.captured_minor
        if row.status is PaymentStatus.COMPLETED:
            assert row.captured_minor == row.amount_minor
        if row.status is PaymentStatus.PENDING:
            assert row.captured_minor == 0
        facts = row.__dict__.get("_raised_events", [])
        assert sum(isinstance(fact, PaymentCompleted | PaymentFailed) for fact in facts) <= 1


TestPaymentMachine = PaymentMachine.TestCase
