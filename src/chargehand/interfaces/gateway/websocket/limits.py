"""What a peer may take from the server: sizes in bytes, times in seconds."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one server; the defaults suit charging stations on mobile networks.

    `max_message` bounds one message over all its fragments and after inflation (close 1009).
    `max_send_buffer` bounds what waits for a peer that does not read (then the socket is aborted, 1008).
    A socket that was silent for `ping_interval` (each time varied by the share `ping_jitter`) is pinged;
    silent for `pong_timeout` more, it is aborted (1006). `close_timeout` is how long a close may take.
    Beyond `max_connections` a client gets 503. `max_visits` are let in at a time; the rest of a storm waits
    to be accepted. `early_data` bounds what a client may send behind its request before it is admitted.
    `receive_buffer` and `transmit_buffer` are the kernel's for each connection: small, as stations send
    little, and the buffers of TLS grow with what is read at once.
    """

    max_message: int = 1 << 20
    max_request: int = 16 << 10
    max_send_buffer: int = 1 << 20
    max_connections: int = 60_000
    max_visits: int = 2_000
    receive_buffer: int = 16 << 10
    transmit_buffer: int = 32 << 10
    early_data: int = 64 << 10
    tls_timeout: float = 10.0
    handshake_timeout: float = 10.0
    admit_timeout: float = 60.0
    close_timeout: float = 5.0
    ping_interval: float = 60.0
    ping_jitter: float = 0.1
    pong_timeout: float = 30.0
    compress_from: int = 512
    backlog: int = 4096
