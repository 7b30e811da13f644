"""`python -m trafficflou` is the `trafficflou` command."""

from trafficflou.cli import main

if __name__ == "__main__":  # worker processes that are spawned import this module too
    main()
