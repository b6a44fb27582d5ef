"""clocks: a clock of the test's own for a desk (warp.c): faster than the world's, and set forwards and backwards while the daemon runs."""
import mmap
import os
import struct
import subprocess
import time

from tap import TOP_SRCDIR

NANO = 1_000_000_000


class Warp:
    """environment() goes to Desk.start. `shift` of the wall clock may be changed at any time; the speed is that of the start."""

    def __init__(self, directory, speed=1):
        self.library, self.file = os.path.join(directory, "warp.so"), os.path.join(directory, "warp")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", os.path.join(TOP_SRCDIR, "tests", "flow", "warp.c"), "-o", self.library, "-ldl"], check=True)
        self.speed, self.start = speed, time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        with open(self.file, "wb") as f:
            f.write(struct.pack("=qqq", self.start, speed, 0))
        os.chmod(self.file, 0o644)
        with open(self.file, "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 24)

    def environment(self):
        return {"LD_PRELOAD": self.library, "TRIAGED_WARP": self.file}

    def shift(self, seconds):
        """The wall clock differs by so much from the world's."""
        self.memory[16:24] = struct.pack("=q", seconds * NANO)

    def passed(self):
        """Seconds on the desk's clock since the start."""
        return (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - self.start) * self.speed / NANO
