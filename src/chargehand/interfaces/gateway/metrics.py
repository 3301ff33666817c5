"""What the gateway counts, for Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS: Final = Gauge("chargehand_gateway_connections", "Stations connected to this gateway")
ERRORS: Final = Counter(
    "chargehand_gateway_errors_total", "Messages from stations answered with an error", ["code"]
)
MALFORMED: Final = Counter(
    "chargehand_gateway_malformed_total", "Frames that are no OCPP message", ["reason"]
)
UNMATCHED: Final = Counter(
    "chargehand_gateway_unmatched_answers_total", "Answers of stations that answer nothing outstanding"
)
QUARANTINED: Final = Counter("chargehand_gateway_quarantined_total", "Messages kept in quarantine")
REFUSED: Final = Counter("chargehand_gateway_refused_total", "Connections refused", ["reason"])
SKIPPED: Final = Gauge("chargehand_gateway_skipped_samples", "Samples that held no number")
BATCH: Final = Histogram(
    "chargehand_gateway_batch_messages",
    "Messages a batch",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
COMMIT: Final = Histogram(
    "chargehand_gateway_commit_seconds",
    "Time to store a batch",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)
