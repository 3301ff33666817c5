"""Live pages: the browser hears that something changed, and fetches the part that shows it."""
