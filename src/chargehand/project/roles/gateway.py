"""The gateway: where stations connect."""

from __future__ import annotations

from chargehand.interfaces.gateway.process import GatewayProcess, GatewaySettings, run
from chargehand.project.configuration import Configuration
from chargehand.project.health_server import health_port, serve_health


def serve(configuration: Configuration, number: int = 0) -> None:
    """Serve stations until SIGTERM or SIGINT."""
    process = GatewayProcess(
        GatewaySettings(
            host=configuration.bind,
            port=configuration.gateway_port or None,
            tls_port=configuration.gateway_tls_port,
            certificate=configuration.tls_certificate if configuration.gateway_tls_port else None,
            key=configuration.tls_key,
            client_authorities=configuration.tls_client_ca,
            client_organisations=configuration.tls_client_organisations,
            heartbeat_interval=configuration.heartbeat_seconds,
        )
    )
    port = health_port(configuration.gateway_health_port, number)
    with serve_health(configuration.bind, port, process.problems):
        run(process)
