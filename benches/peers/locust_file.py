"""Locust's fastest way: FastHttpUser, no wait time, a random page of those in BENCH_PATHS (runs in Locust's own environment)."""

import os
import random

from locust import FastHttpUser, task

PATHS = os.environ["BENCH_PATHS"].split()


class Visitor(FastHttpUser):
    """Asks for one page after the other; `FastHttpUser` checks no certificate by default."""

    @task
    def view_page(self) -> None:
        """Ask for a page."""
        self.client.get(random.choice(PATHS))
