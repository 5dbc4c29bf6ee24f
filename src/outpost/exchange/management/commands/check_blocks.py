"""The worker beside the check of a large file: `python -m django check_blocks`, started by `exchange.check_worker`."""

import logging
import sys

import orjson
from django.core.management.base import BaseCommand

from outpost.exchange import check_worker


class Command(BaseCommand):
    """Reads what it is to do from standard input."""

    help = "Used by the product itself: check blocks of a file whose check runs in another process."
    requires_system_checks = ()

    def handle(self, *_arguments: object, **_options: object) -> None:
        """Work until no block is left."""
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        check_worker.work(orjson.loads(sys.stdin.buffer.read()))
