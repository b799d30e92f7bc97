#!/usr/bin/env python3
"""Makes a run's results: usage: report.py WORK RESULT

WORK is where the run left raw.csv, failed.csv and machine.json. Writes RESULT.md, RESULT.svg, RESULT.csv (every figure of
every run) and RESULT.json (the table), and prints the table. Exits with 1 when a row was not measured to its end, with 2
when nothing was.
"""

import csv
import json
import os
import sys

from goals import Figures, goals
from plot import plot

COLUMNS = ("Cistern", "nginx", "peer", "other")
NOTE = """\
Medians of {runs} alternating runs of {seconds} s each, everything on one machine over loopback. wrk and the other clients run on
the same cores as what they measure: take the ratios, not the figures. nginx has 2 workers and sends with sendfile;
no server writes an access log; Cistern runs with `MALLOC_ARENA_MAX=1` and `-Xms24m -Xmx64m -XX:+UseSerialGC`. The peer is Distribution's registry as a cache of the same
upstream, which is nginx too; which release it is, is said below. Far away is a link with 40 ms to the first byte of an answer and 20 MB/s
for each connection."""


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.reader(file))


def verdict(goal):
    return {True: "met", False: "**missed**", None: "**not measured**"}[goal.met]


def table(found):
    yield "| work | " + " | ".join(COLUMNS) + " | result | goal | |"
    yield "|---|" + "--:|" * len(COLUMNS) + "--:|---|---|"
    for goal in found:
        cells = [goal.shown.get(column) or "" for column in COLUMNS]
        yield f"| {goal.work} | " + " | ".join(cells) + f" | {goal.result} | {goal.goal} | {verdict(goal)} |"


def document(found, machine, failed, image):
    yield f"# Speed, measured on {machine['date']}"
    yield ""
    yield from table(found)
    yield ""
    yield f"![how far each goal is met]({image})"
    yield ""
    yield NOTE.format(runs=machine["runs"], seconds=machine["seconds a run"])
    yield ""
    if failed:
        yield f"Rows that were not measured to their end: {', '.join(sorted(failed))}."
        yield ""
    for name, value in machine.items():
        if name not in ("date", "runs", "seconds a run"):
            yield f"- {name}: {value}"


def main(work, result):
    try:
        with open(os.path.join(work, "machine.json")) as file:
            machine = json.load(file)
    except OSError:
        print("nothing was measured")
        return 2
    failed = {line[0] for line in read_lines(os.path.join(work, "failed.csv"))}
    lines = read_lines(os.path.join(work, "raw.csv"))
    if not os.path.exists(os.path.join(work, "finished")):
        failed.add("the rows after the one that was cut off")
    cipher = os.path.join(work, "cipher")
    if os.path.exists(cipher):
        with open(cipher) as file:
            machine["TLS"] = file.read().strip()
    found = goals(Figures(lines, failed))
    with open(result + ".csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "variant", "subject", "metric", "run", "value"])
        writer.writerows(lines)
    with open(result + ".json", "w") as file:
        rows = [
            {"row": g.row, "work": g.work, **g.shown, "result": g.ratio, "unit": g.unit, "relation": g.relation, "goal": g.bound, "against": g.against, "met": g.met}
            for g in found
        ]
        json.dump({"machine": machine, "failed": sorted(failed), "rows": rows}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    with open(result + ".svg", "w") as file:
        file.write(plot(found, machine))
    text = "\n".join(document(found, machine, failed, os.path.basename(result) + ".svg")) + "\n"
    with open(result + ".md", "w") as file:
        file.write(text)
    print("\n" + text)
    print(f"written: {result}.md, .svg, .csv, .json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
