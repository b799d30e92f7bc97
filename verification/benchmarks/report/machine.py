#!/usr/bin/env python3
"""Describes the machine and what is compared, as JSON: usage: machine.py CISTERN-JAR"""

import datetime
import json
import os
import platform
import subprocess
import sys


def said(*command):
    """The first line of what a program says of itself, on whichever stream."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return (done.stdout.strip().splitlines() or [""])[0]


def field(path, name):
    with open(path) as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")


def main(jar):
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    print(
        json.dumps(
            {
                "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
                "commit": os.environ["COMMIT"],
                "runs": int(os.environ["RUNS"]),
                "seconds a run": int(os.environ["SECONDS_A_RUN"]),
                "processor": f"{field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
                "memory": f"{memory:.0f} GiB",
                "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
                "kernel": platform.release(),
                "JDK": subprocess.run(["java", "-version"], stderr=subprocess.PIPE, text=True).stderr.splitlines()[1],
                "Cistern": said("java", "-jar", jar, "--version"),
                "nginx": said("nginx", "-v").split(": ")[-1],
                "peer": said(os.environ["PEER"], "--version").removeprefix(os.path.dirname(os.environ["PEER"]) + "/"),
                "wrk": said("wrk", "-v").split(" Copyright")[0],
                "Docker": said("dockerd", "--version"),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
