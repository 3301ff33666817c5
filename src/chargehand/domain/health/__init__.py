"""The health of stations: telemetry becomes features, features become findings with a reason."""
