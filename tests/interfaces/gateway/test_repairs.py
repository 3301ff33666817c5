"""What firmware breaks and how it is undone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.interfaces.gateway.repairs import REPAIRS, mended

GRIZZL_E = "United Chargers Inc."


@pytest.mark.parametrize(
    "frame", [b',[2,"a","B",{}]', b'[2,"a","B",{}]\0\0', b'\xef\xbb\xbf[2,"a","B",{}] ,']
)
def test_bytes_around_a_message_are_cut_off_for_every_vendor(frame: bytes) -> None:
    assert list(mended(frame, "")) == [b'[2,"a","B",{}]']


@pytest.mark.parametrize("frame", [b"", b"{bad", b"]", b"][", b'[2,"a","B",{}]'])
def test_what_has_nothing_around_it_is_left_alone(frame: bytes) -> None:
    assert list(mended(frame, "Acme")) == []


@pytest.mark.parametrize(
    ("cut", "keys"),
    [
        (b'[3,"a",{"configurationKey":[', []),
        (b'[3,"a",{"configurationKey":[]', []),
        (b'[3, "a", {"configurationKey": [{"key":"A","readonly":true}', ["A"]),
        (b'[3,"a",{"configurationKey":[{"key":"A","readonly":true},{"key":"B","rea', ["A"]),
    ],
)
def test_a_cut_list_of_keys_ends_after_the_last_whole_one(cut: bytes, keys: list[str]) -> None:
    read = json.loads(list(mended(cut, GRIZZL_E))[-1])

    assert [key["key"] for key in read[2]["configurationKey"]] == keys


def test_a_cut_list_of_keys_of_another_vendor_is_not_guessed_at() -> None:
    assert list(mended(b'[3,"a",{"configurationKey":[', "Acme")) == []


def test_every_repair_says_why_and_where_it_was_seen() -> None:
    assert all(repair.why.endswith(".") and repair.link.startswith("https://") for repair in REPAIRS)


@given(st.binary(max_size=200), st.sampled_from(["", "Acme", GRIZZL_E]))
def test_whatever_comes_it_is_never_worse_than_before(frame: bytes, vendor: str) -> None:
    assert all(
        other.startswith((b"[", b" ", b"\t", b"\r", b"\n", b"\x0b", b"\x0c"))
        for other in mended(frame, vendor)
    )
