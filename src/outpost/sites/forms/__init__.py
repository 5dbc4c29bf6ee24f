"""Forms of the pages of sites: they check what is typed; the services write."""
