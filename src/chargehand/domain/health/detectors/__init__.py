"""The detectors: one small class for each thing that goes wrong.

Each has `learn_one(x)`, then `score_one() -> float` (1 and more is a finding) and `explain() -> Evidence`. All
state is in the fields of a struct, so that it can be saved and restored.
"""
