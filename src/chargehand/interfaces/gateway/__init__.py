"""The door for charging stations: OCPP over WebSocket, up to the narrow waist of `stations`."""
