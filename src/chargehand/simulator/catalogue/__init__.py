"""The catalogue of faults: everything that can befall a simulated station, and what only looks like a fault."""
