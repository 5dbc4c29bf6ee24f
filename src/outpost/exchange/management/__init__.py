"""Commands that the exchange starts for itself."""
