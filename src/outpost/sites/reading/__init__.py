"""The check of one row, wherever it comes from: a form, a file, a call, a gate."""
