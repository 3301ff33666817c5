"""OCPP 1.6J, 2.0.1 and 2.1 as pure wire formats: envelope, messages, faults and date-times."""
