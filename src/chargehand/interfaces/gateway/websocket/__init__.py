"""WebSocket as the gateway needs it: a hardened server that knows sockets and text, and no OCPP."""
