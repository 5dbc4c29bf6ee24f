"""Forms of health: they check what is typed; the services write."""
