"""What one writes oneself in an afternoon: tasks in a loop on one aiohttp session (runs in the peers' own environment)."""

import argparse
import asyncio
import random
import ssl
from pathlib import Path

import aiohttp


async def visit(session: aiohttp.ClientSession, urls: list[str]) -> None:
    """Ask for random pages until cancelled."""
    while True:
        async with session.get(random.choice(urls)) as response:
            await response.read()


async def play(urls: list[str], visitors: int, limit_s: float, ca_file: Path) -> None:
    """Run the visitors for `limit_s`."""
    tls = ssl.create_default_context(cafile=ca_file)
    connector = aiohttp.TCPConnector(limit=visitors, ssl=tls)
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            async with asyncio.timeout(limit_s), asyncio.TaskGroup() as group:
                for _ in range(visitors):
                    group.create_task(visit(session, urls))
        except TimeoutError:
            print("time is over")


def main() -> None:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--visitors", type=int, required=True)
    parser.add_argument("--limit-s", type=float, required=True)
    parser.add_argument("--ca-file", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(play(options.urls, options.visitors, options.limit_s, options.ca_file))


if __name__ == "__main__":
    main()
