"""The subcommands that belong to no other room."""
