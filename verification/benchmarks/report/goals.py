"""The rows of the table: what is compared with what, and what the goal is."""

from dataclasses import dataclass, replace
from statistics import median

AT_LEAST, AT_MOST = "≥", "≤"
USUAL_HEAP = 64


class Figures:
    """What was measured. A median is of the figures of all runs."""

    def __init__(self, lines, failed):
        self.failed = failed
        self.values = {}
        for row, variant, subject, metric, _run, value in lines:
            self.values.setdefault((row, variant, subject, metric), []).append(float(value))

    def median(self, row, variant, subject, metric):
        """None when there is no such figure, or when its row did not come to its end."""
        values = self.values.get((row, variant, subject, metric))
        return median(values) if values and row not in self.failed else None

    def memory(self):
        """The peak in MiB and the row that had it, by the largest heap in MiB: rows say which, unless it is the usual one."""
        peaks = {}
        for (_, row, subject, metric), values in self.values.items():
            if metric == "peak_mib" and row not in self.failed:
                heap = self.median("memory", row, subject, "heap_mib") or USUAL_HEAP
                peaks[heap] = max(peaks.get(heap, (0, "")), (max(values), row))
        return peaks

    def measured(self, row):
        return row in self.failed or any(key[0] == row for key in self.values)


@dataclass(frozen=True)
class Goal:
    """One thing asked for: the ratio of two figures, or a figure, and its bound."""

    row: str
    work: str
    shown: dict  # column -> text
    ratio: float | None
    relation: str
    bound: float
    unit: str  # x for a ratio
    against: str

    @property
    def met(self):
        if self.ratio is None:
            return None
        return self.ratio >= self.bound if self.relation == AT_LEAST else self.ratio <= self.bound

    @property
    def fulfilment(self):
        """1 when the goal is just met, more when it is surpassed, whichever way it is stated."""
        if self.ratio is None:
            return None
        if self.ratio == 0:
            return 0.0 if self.relation == AT_LEAST else float("inf")
        if self.bound == 0:
            return 0.0
        return self.ratio / self.bound if self.relation == AT_LEAST else self.bound / self.ratio

    def stated(self, number, digits=None):
        if number is None:
            return "not measured"
        shown = f"{number:.{digits}f}" if digits is not None else f"{number:g}"
        return f"{shown} ×" if self.unit == "×" else f"{shown} {self.unit}"

    @property
    def result(self):
        if self.ratio is None:
            return "not measured"
        if self.unit in ("served", "answers"):
            return self.stated(self.ratio)
        return self.stated(self.ratio, 1 if self.unit != "×" or self.ratio >= 10 else 2)

    @property
    def goal(self):
        return f"{self.relation} {self.stated(self.bound)}{' ' + self.against if self.against else ''}"


def rates(value):
    return None if value is None else f"{value:,.0f}/s"


def throughput(value):
    return None if value is None else f"{value:,.0f} MiB/s"


def seconds(value):
    return None if value is None else f"{value:.2f} s"


def milliseconds(value):
    return None if value is None else f"{value:.1f} ms"


def divided(one, other):
    return None if one is None or not other else one / other


def goals(figures):
    """All goals of the rows that were to be measured."""
    return [goal for goal in every_goal(figures) if goal.row == "memory" or figures.measured(goal.row)]


def every_goal(figures):
    def compare(row, work, variant, metric, show, one, others):
        """others: subject -> (column, relation, bound, name in the goal). The first line shows Cistern's figure too."""
        ours = figures.median(row, variant, one, metric)
        for subject, (column, relation, bound, against) in others.items():
            theirs = figures.median(row, variant, subject, metric)
            shown = {"Cistern": show(ours), column: show(theirs)}
            yield Goal(row, work, shown, divided(ours, theirs), relation, bound, "×", against)

    for connections in ("16", "256"):
        yield from compare(
            "manifest-digest", f"warm manifest by digest, {connections} connections", connections, "requests_per_second", rates,
            "cistern", {"nginx": ("nginx", AT_LEAST, 1.0, "nginx"), "peer": ("peer", AT_LEAST, 10, "peer")},
        )  # fmt: skip
    yield from compare(
        "manifest-tag", f"warm manifest by tag, checked upstream{checks(figures)}", "", "requests_per_second", rates,
        "cistern", {"peer": ("peer", AT_LEAST, 10, "peer")},
    )  # fmt: skip
    yield from compare(
        "manifest-fresh", "warm manifest by tag, `freshness: 60s`; other: by digest", "", "requests_per_second", rates,
        "tag", {"digest": ("other", AT_LEAST, 0.9, "by digest")},
    )  # fmt: skip
    for goal in compare(
        "small-blob", "warm blob of 6 KB, 16 connections", "", "requests_per_second", rates,
        "cistern", {"nginx": ("nginx", AT_LEAST, 0.9, "nginx")},
    ):  # fmt: skip
        # No goal is about the peer here, but its figure is of interest.
        yield replace(goal, shown={**goal.shown, "peer": rates(figures.median("small-blob", "", "peer", "requests_per_second"))})
    for row, suffix, bound in (("large-blob", "", 1.0), ("large-blob-tls", "-tls", 0.8)):
        for clients in ("1", "8", "64"):
            yield from compare(
                row, f"warm 256 MiB blob{', TLS' if suffix else ''}, {clients} client{'' if clients == '1' else 's'}", clients,
                "mib_per_second", throughput,
                "cistern" + suffix, {"nginx" + suffix: ("nginx", AT_LEAST, bound, "nginx")},
            )  # fmt: skip
    yield from compare(
        "cold-blob", "cold 256 MiB blob, 1 client; nginx: `proxy_cache`; other: upstream directly", "", "seconds", seconds,
        "cistern",
        {
            "direct": ("other", AT_MOST, 1.15, "directly"),
            "nginx-cache": ("nginx", AT_MOST, 1.0, "nginx"),
            "peer": ("peer", AT_MOST, 0.6, "peer"),
        },
    )  # fmt: skip
    yield from compare(
        "cold-blob", "cold 256 MiB blob: processor time of the cache", "", "processor_seconds", seconds,
        "cistern", {"nginx-cache": ("nginx", AT_MOST, 1.3, "nginx"), "peer": ("peer", AT_MOST, 1.0, "peer")},
    )  # fmt: skip
    ours, direct, peer = (figures.median("cold-blob", "", who, "first_byte_ms") for who in ("cistern", "direct", "peer"))
    yield Goal(
        "cold-blob", "cold 256 MiB blob: first byte; other: upstream directly",
        {"Cistern": milliseconds(ours), "other": milliseconds(direct), "peer": milliseconds(peer)},
        None if ours is None or direct is None else max(ours - direct, 0.0), AT_MOST, 5, "ms", "later than directly",
    )  # fmt: skip
    sent = figures.median("storm", "", "many", "upstream_blobs")
    yield Goal(
        "storm", "100 clients, one cold blob of 64 MiB over 20 MB/s: sent by upstream",
        {"Cistern": None if sent is None else f"{sent:.2f} blobs"}, sent, AT_MOST, 1.0, "×", "the blob",
    )  # fmt: skip
    yield from compare(
        "storm", "100 clients, one cold blob: until all have it; other: one client alone", "", "seconds", seconds,
        "many", {"one": ("other", AT_MOST, 1.2, "one client")},
    )  # fmt: skip
    yield from pulls(figures, compare, "docker-pull", "512 KiB", "direct", "over loopback", 1.05)
    yield from distant(figures, compare)
    followed = figures.median("followers", "", "cistern", "followed")
    yield Goal(
        "followers", "slow followers of one cold blob, 5,000 at once: all served",
        {"Cistern": None if followed is None else f"{followed:,.0f}"},
        followed, AT_LEAST, 5000, "served", "",
    )  # fmt: skip
    for heap, (peak, row) in sorted(figures.memory().items()) or [(USUAL_HEAP, (None, ""))]:
        where = "in all rows measured" if heap == USUAL_HEAP else "for so many contents"
        yield Goal(
            "memory", f"peak memory (RSS) with `-Xmx{heap:.0f}m` {where}{f': {row}' if row else ''}",
            {"Cistern": f"{peak:.0f} MiB" if peak else None}, peak, AT_MOST, 160, "MiB", "",
        )  # fmt: skip
    archived, plain = (figures.median("start", "", subject, "ms") for subject in ("cistern", "without"))
    start = plain if archived is None else archived
    yield Goal(
        "start", f"start until `/v2/` answers, {'no' if archived is None else 'with the'} class archive; other: without",
        {"Cistern": milliseconds(start), "other": milliseconds(plain)}, start, AT_MOST, 600, "ms", "",
    )  # fmt: skip
    yield from warm_start(figures)
    yield from compare(
        "hanging", "warm manifest while 500 cold requests hang; other: undisturbed", "", "requests_per_second", rates,
        "cistern", {"other": ("other", AT_LEAST, 0.9, "undisturbed")},
    )  # fmt: skip
    blobs = figures.median("growth", "", "cistern", "blobs")
    yield from compare(
        "growth", f"warm 4 KiB blobs with {f'{blobs:,.0f}' if blobs else 'many'} cached; other: with 1,000", "",
        "requests_per_second", rates, "cistern", {"other": ("other", AT_LEAST, 0.95, "with 1,000")},
    )  # fmt: skip
    yield from mixed(figures)


def distant(figures, compare):
    """An upstream 40 ms away, with 20 MB/s for each connection or 1 Gbit/s for all."""
    for subject, who in (("cistern", "1 client"), ("parts", "4 readers of a quarter each")):
        yield from compare(
            "distant-blob", f"cold 256 MiB from far away, {who}; other: directly by one connection", "", "seconds", seconds,
            subject, {"link": ("other", AT_MOST, 0.35, "directly")},
        )  # fmt: skip
    sent = [figures.median("distant-blob", "", subject, "upstream_blobs") for subject in ("cistern", "parts", "tail")]
    most = None if None in sent else max(sent)
    yield Goal(
        "distant-blob", "cold 256 MiB from far away: sent by upstream, the most of the three ways to read",
        {"Cistern": None if most is None else f"{most:.2f} blobs"}, None if most is None else round(most, 2), AT_MOST, 1.0, "×", "the blob",
    )  # fmt: skip
    ends = (
        ("parts", "first_byte_ms", "first byte of the one of 4 readers that waits longest; other: directly", "link-parts"),
        ("tail", "ms", "its last 64 KiB", None),
    )
    for subject, metric, what, directly in ends:
        figure, other = (figures.median("distant-blob", "", who, metric) for who in (subject, directly))
        yield Goal(
            "distant-blob", f"cold 256 MiB from far away: {what}", {"Cistern": milliseconds(figure), "other": milliseconds(other)},
            figure, AT_MOST, 100, "ms", "",
        )  # fmt: skip
    yield from pulls(figures, compare, "distant-pull", "4 MiB", "link", "from far away", 0.6)
    yield from pulls(figures, compare, "shared-link", "4 MiB", "link", "1 Gbit/s for all connections", 1.02)
    yield from compare(
        "shared-link", "cold 256 MiB, 1 client, 1 Gbit/s for all connections; other: directly", "blob", "seconds", seconds,
        "cistern", {"link": ("other", AT_MOST, 1.02, "directly")},
    )  # fmt: skip


def pulls(figures, compare, row, layer, directly, where, bound):
    """Of an image by each client. Where there is a link, what the client takes without it is shown too."""
    clients = {
        "docker": f"cold `docker pull` of 30 layers of {layer}, {where}",
        "containerd": f"the same by containerd, {where}",
    }
    if directly != "direct":
        clients["requests"] = f"the requests of that pull alone, {where}"
    for client, what in clients.items():
        nginx, peer, alone = (figures.median(row, client, who, "seconds") for who in ("nginx-cache", "peer", "direct"))
        work = f"{what}; nginx: `proxy_cache`; other: directly"
        if directly != "direct" and alone is not None:
            work += f", and {seconds(alone)} without the link"
        for goal in compare(row, work, client, "seconds", seconds, "cistern", {directly: ("other", AT_MOST, bound, "directly")}):
            # No goal is about the other caches here, but what a cache can reach at this place is of interest.
            yield replace(goal, shown={**goal.shown, "nginx": seconds(nginx), "peer": seconds(peer)})


WARM_ROUNDS = 8  # of two seconds, in rows/other.sh


def warm_start(figures):
    """Hits in the first two rounds after a start, as a share of the last three."""

    def rate(subject, rounds):
        found = [figures.median("warm-start", str(number), subject, "requests_per_second") for number in rounds]
        return None if None in found else sum(found) / len(found)

    subject = "without" if rate("cistern", [1]) is None else "cistern"
    first, steady = rate(subject, (1, 2)), rate(subject, range(WARM_ROUNDS - 2, WARM_ROUNDS + 1))
    yield Goal(
        "warm-start", f"hits in the first 4 s after a start, {'no' if subject == 'without' else 'with the'} archive; other: 14 s later",
        {"Cistern": rates(first), "other": rates(steady)}, divided(first, steady), AT_LEAST, 0.5, "×", "the steady rate",
    )  # fmt: skip


def mixed(figures):
    """Twelve clients of all kinds, forty images, a cache a third as large."""

    def most(metric, subject="cistern"):
        return figures.median("mixed", "", subject, metric)

    right, resident = most("right"), most("resident_mib")
    work = "mixed traffic" if right is None else f"mixed traffic, {right:,.0f} right answers"
    others = "" if resident is None else (
        f" ({most('most_mib'):.0f} MiB at most, {most('growth_mib'):+.0f} MiB over half of the time, {most('descriptors'):.0f} descriptors, "
        f"{most('threads'):.0f} threads, {most('disk_mib'):.0f} MiB of files with `maxsize: 40MiB`)"
    )  # fmt: skip
    yield Goal(
        "mixed", f"{work}: resident memory{others}", {"Cistern": None if resident is None else f"{resident:.0f} MiB"},
        resident, AT_MOST, 160, "MiB", "",
    )  # fmt: skip
    for metric, what in (("wrong", "wrong answers"), ("failed", "answers that failed or did not come")):
        count = most(metric)
        yield Goal(
            "mixed", f"mixed traffic: {what}", {"Cistern": None if count is None else f"{count:.0f}"}, count, AT_MOST, 0, "answers", "",
        )  # fmt: skip


def checks(figures):
    ours, peers = (figures.median("manifest-tag", "", who, "checks_per_request") for who in ("cistern", "peer"))
    if ours is None or peers is None:
        return ""
    return f" ({ours:.2f} checks a pull; the peer {peers:.2f})"
