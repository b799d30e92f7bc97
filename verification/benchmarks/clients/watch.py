#!/usr/bin/env python3
"""Looks each second at what a server takes: usage: watch.py PID DIRECTORY FILE

When it is asked to end, it writes a JSON object to FILE:
  resident_mib   resident memory, the median of the last half of the time
  most_mib       the most of it
  growth_mib     what the median of the last quarter is above that of the second one
  disk_mib       the most that the files of the directory took
  descriptors    the most that were open
  threads        the most there were
"""

import json
import os
import signal
import sys
import time
from statistics import median


def status(pid):
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["VmHWM"].split()[0]) / 1024, int(fields["Threads"])


def used(directory):
    total = 0
    for root, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                pass  # evicted meanwhile
    return total / 2**20


def main(pid, directory, path):
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    resident, most, disk, descriptors, threads = [], 0.0, 0.0, 0, 0
    while not ended:
        now, most, count = status(pid)
        resident.append(now)
        threads = max(threads, count)
        disk = max(disk, used(directory))
        descriptors = max(descriptors, len(os.listdir(f"/proc/{pid}/fd")))
        time.sleep(1)
    quarter = max(1, len(resident) // 4)
    with open(path, "w") as file:
        json.dump(
            {
                "resident_mib": round(median(resident[len(resident) // 2 :]), 1),
                "most_mib": round(most, 1),
                "growth_mib": round(median(resident[-quarter:]) - median(resident[quarter : 2 * quarter] or resident), 1),
                "disk_mib": round(disk, 1),
                "descriptors": descriptors,
                "threads": threads,
                "samples": resident,
            },
            file,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
