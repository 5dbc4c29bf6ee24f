"""The check of one row or entry, wherever it comes from: a form, a file, a gate."""
