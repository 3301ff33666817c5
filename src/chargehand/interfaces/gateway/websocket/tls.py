"""TLS as OCPP's security profiles 2 and 3 ask for it."""

import ssl
from pathlib import Path

# OCPP 2.0.1 Part 6 TC_A_04: these must be offered; TLS 1.3 brings its own.
_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384"
)


def make_tls_context(
    certfile: Path | str,
    keyfile: Path | str,
    client_ca: Path | str | None = None,
    *,
    client_ca_data: str | None = None,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> ssl.SSLContext:
    """Return the server's side of TLS 1.2 and later.

    `certfile` is a PEM chain, `keyfile` its PEM key. With `client_ca` (a PEM file) or `client_ca_data`
    (PEM text) a client may show a certificate, which must then verify: so profiles 2 and 3 can share a
    port, and the door decides who needs one. Raises `ssl.SSLError` or `OSError` for unusable files.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = minimum
    context.set_ciphers(_SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    # Tickets stay: after an outage a fleet resumes its sessions, and they cost the server no memory.
    context.num_tickets = 1
    context.load_cert_chain(certfile, keyfile)
    if client_ca is not None or client_ca_data is not None:
        context.load_verify_locations(cafile=client_ca, cadata=client_ca_data)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context
