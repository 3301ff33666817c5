"""Pages of maintenance: work orders, preventive plans, risks, firmware, logs, wanted settings."""
