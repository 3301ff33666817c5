"""The kinds of processes: each module has `serve(configuration, number)`, which returns when told to stop."""
