"""Every component in every state on one page, for developers and for the tests that look at it."""
