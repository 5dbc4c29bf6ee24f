"""Forms of the sentinel pages. They check shapes and keep what was typed; the services decide."""
