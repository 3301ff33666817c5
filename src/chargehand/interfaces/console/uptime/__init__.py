"""The console's pages of uptime: reports by scheme, a port's intervals, exclusions, opening hours, files."""
