import pytest
from tests.interfaces.gateway.websocket.raw_client import ACCEPT, KEY, make_request

from chargehand.interfaces.gateway.websocket.handshake import (
    BadRequestError,
    Handshake,
    Peer,
    accept_key,
    challenge,
    read_handshake,
    split_list,
    write_response,
)

PEER = Peer("203.0.113.7", 40000)


def read(request: bytes) -> Handshake:
    head, _, _ = request.partition(b"\r\n\r\n")
    return read_handshake(head, peer=PEER, is_tls=False, certificate=None)


def refused(request: bytes) -> int:
    with pytest.raises(BadRequestError) as caught:
        read(request)
    return caught.value.refusal.status


def test_a_request_is_read_into_its_parts() -> None:
    handshake = read(make_request("/ocpp//CP%201%7C/?a=b?c", subprotocol="ocpp2.1, ocpp2.0.1,,ocpp1.6"))
    assert handshake.path == "/ocpp//CP%201%7C/"
    assert handshake.segments == ("ocpp", "CP%201%7C")
    assert handshake.query == "a=b?c"
    assert handshake.subprotocols == ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")
    assert handshake.headers["host"] == "csms"
    assert handshake.peer == PEER
    assert handshake.basic is None


def test_subprotocols_in_several_fields_keep_their_order() -> None:
    handshake = read(make_request(subprotocol="ocpp2.0.1", headers=["sec-websocket-protocol: ocpp1.6"]))
    assert handshake.subprotocols == ("ocpp2.0.1", "ocpp1.6")


def test_a_missing_connection_field_is_forgiven() -> None:
    assert read(make_request(connection=None)).path == "/ocpp/CP1"


@pytest.mark.parametrize("origin", ["ws://csms", "WSS://csms:443", "http://csms:8080", "https://csms"])
def test_a_whole_url_in_the_request_line_is_forgiven(origin: str) -> None:
    handshake = read(make_request(f"{origin}/ocpp/CP1?x=1"))
    assert (handshake.path, handshake.query) == ("/ocpp/CP1", "x=1")


def test_bytes_beyond_ascii_in_the_path_are_kept() -> None:
    request = make_request("/ocpp/TARGET").replace(b"TARGET", b"Stra\xc3\x9fe\xff")
    assert read(request).path.encode("utf-8", "surrogateescape") == b"/ocpp/Stra\xc3\x9fe\xff"


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("Q1AxOnNlY3JldA==", (b"CP1", b"secret")),
        ("Q1AxOnNlY3JldA", (b"CP1", b"secret")),  # without padding
        ("Q1AxOmE6Yjpj", (b"CP1", b"a:b:c")),
        ("Q1AxOg==", (b"CP1", b"")),
        ("OnNlY3JldA==", (b"", b"secret")),
        ("Q1Ax", None),  # no colon
        ("Q", None),
    ],
)
def test_basic_credentials_are_bytes_split_at_the_first_colon(
    token: str, expected: tuple[bytes, bytes] | None
) -> None:
    assert read(make_request(headers=[f"Authorization: Basic {token}"])).basic == expected


def test_a_password_that_is_no_utf8_stays_bytes() -> None:
    # The example of OCPP-J 1.6 6.2.2: 20 bytes of key, not text.
    handshake = read(
        make_request(headers=["Authorization: basic QUwxMDAwOgABAgMEBQYHCAkKCwwNDg8QERITFBWAgf8="])
    )
    assert handshake.basic == (b"AL1000", bytes(range(0x16)) + b"\x80\x81\xff")


def test_other_authorization_schemes_give_no_credentials() -> None:
    assert read(make_request(headers=["Authorization: Bearer Q1AxOnNlY3JldA=="])).basic is None


def test_a_handshake_does_not_show_credentials() -> None:
    handshake = read(make_request(headers=["Authorization: Basic Q1AxOnNlY3JldA=="]))
    assert "secret" not in repr(handshake)
    assert "Q1Ax" not in str(handshake)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (make_request().replace(b"GET", b"POST"), 405),
        (make_request().replace(b"GET", b"get"), 405),
        (make_request().replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
        (make_request().replace(b"HTTP/1.1", b"HTTP/2"), 505),
        (b"GET /x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (make_request("ocpp/CP1"), 400),
        (make_request("*"), 400),
        (make_request("ftp://csms/ocpp"), 400),
        (make_request("/a\x7fb"), 400),
        (make_request(headers=["No colon"]), 400),
        (make_request(headers=["Bad name: x"]), 400),
        (make_request(headers=[" folded: x"]), 400),
        (make_request(headers=["X: a\x00b"]), 400),
        (make_request(headers=["X: a\nSmuggled: b"]), 400),
        (make_request(headers=["Content-Length: 5"]), 400),
        (make_request(headers=["Transfer-Encoding: chunked"]), 400),
        (make_request(headers=["Host: other"]), 400),
        (make_request(headers=["Authorization: Basic QQ==", "Authorization: Basic Qg=="]), 400),
        (make_request(headers=[f"X{i}: y" for i in range(200)]), 431),
        (make_request().replace(b"Upgrade: websocket", b"Upgrade: h2c"), 426),
        (make_request().replace(b"Version: 13", b"Version: 12"), 426),
        (make_request().replace(b"Sec-WebSocket-Version: 13\r\n", b""), 426),
        (make_request().replace(KEY.encode(), b"tooshort"), 400),
        (make_request().replace(KEY.encode(), b"\xe9" * 24), 400),
        (make_request().replace(b"Sec-WebSocket-Key", b"X"), 400),
    ],
)
def test_what_is_no_opening_handshake_is_refused(request_bytes: bytes, status: int) -> None:
    assert refused(request_bytes) == status


def test_a_content_length_of_zero_is_no_body() -> None:
    assert read(make_request(headers=["Content-Length: 0"])).path == "/ocpp/CP1"


def test_the_accept_key_is_that_of_the_standard() -> None:
    assert accept_key(KEY) == ACCEPT  # the example of RFC 6455 1.3


def test_a_challenge_asks_for_basic_credentials() -> None:
    refusal = challenge("my realm")
    assert refusal.status == 401
    assert refusal.headers == (("WWW-Authenticate", 'Basic realm="my realm"'),)


def test_a_response_tells_its_length_and_its_end() -> None:
    assert write_response(404, [("X-A", "b")], b"gone") == (
        b"HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone"
    )


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb"])
def test_a_response_cannot_be_split_by_a_header(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        write_response(404, [("X-A", value)])


def test_lists_are_split_without_blanks_and_empty_elements() -> None:
    assert split_list(" a,\tb ,, c;d ") == ("a", "b", "c;d")
