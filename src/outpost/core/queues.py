"""The queues of jobs. Each has a worker process of its own (`server.up`), so that nothing long stands before what
somebody waits for at a counter."""

DEFAULT = "default"  # procrastinate's own word
URGENT = "urgent"
"""Passcodes, tests of channels, and the short jobs that keep both queues going."""

QUEUES = (DEFAULT, URGENT)
