"""Messages sent again have the same mark; others have another."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from chargehand.interfaces.gateway.fingerprint import fingerprint_of


@given(st.binary(min_size=1, max_size=400), st.integers(0, 399), st.integers(1, 255))
def test_one_changed_byte_changes_the_mark(payload: bytes, place: int, change: int) -> None:
    other = bytearray(payload)
    other[place % len(payload)] ^= change
    assert fingerprint_of("MeterValues", Raw(payload)) == fingerprint_of("MeterValues", Raw(payload))
    assert fingerprint_of("MeterValues", Raw(payload)) != fingerprint_of("MeterValues", Raw(bytes(other)))


def test_the_same_payload_of_another_action_has_another_mark_that_fits_a_column() -> None:
    marks = {
        fingerprint_of(action, Raw(b"{}")) for action in ("MeterValues", "Heartbeat", "StatusNotification")
    }
    assert len(marks) == 3
    assert all(0 <= mark < 1 << 63 for mark in marks)
