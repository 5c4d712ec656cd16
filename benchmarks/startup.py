"""
Cold start and idle memory: a new process on a new database, until the discovery document is answered.

    python -m benchmarks.startup [ROUNDS]

Each round starts `python -m benchmarks.authwright_server` in an empty directory: the schema is made and two
signing keys are generated in that time. Memory is what the idle process holds resident a second later.
"""

import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.servers import free_port, resident_megabytes, wait_for_discovery


def main(rounds: int) -> None:
    """Print the medians."""
    starts: list[float] = []
    memory: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as directory:
            port = free_port()
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.authwright_server", str(port), directory]
            )
            try:
                starts.append(wait_for_discovery(port, process))
                time.sleep(1)
                memory.append(resident_megabytes(process.pid))
            finally:
                process.terminate()
                process.wait(15)
    print("| what | median | lowest | highest |")
    print("|---|--:|--:|--:|")
    for what, values in (("cold start to discovery, s", starts), ("idle memory, MB", memory)):
        print(f"| {what} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
