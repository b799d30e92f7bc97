"""Draws how far each goal is met: a bar a goal, on a logarithmic scale; right of the line is met."""

from math import log2
from xml.sax.saxutils import escape

WIDTH, TOP, LINE = 1080, 74, 24
LABELS, RESULTS = 470, 190  # room left of the bars for what was done, right of them for the figures
LEAST, MOST = 1 / 16, 4  # fulfilments beyond are drawn up to here, with an arrow
MET, MISSED, PALE = "#2f7d4f", "#b5402f", "#999999"


def across(fulfilment):
    share = (log2(min(max(fulfilment, LEAST), MOST)) - log2(LEAST)) / (log2(MOST) - log2(LEAST))
    return LABELS + share * (WIDTH - LABELS - RESULTS)


def text(x, y, content, anchor="start", size=12, color="#222222", weight="normal"):
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}" fill="{color}" font-weight="{weight}">'
        f"{escape(content)}</text>"
    )


def axis(bottom):
    for fulfilment, name in ((1 / 16, "1/16"), (1 / 4, "1/4"), (1 / 2, "1/2"), (1, "goal"), (2, "2 ×"), (4, "4 ×")):
        x = across(fulfilment)
        strong = fulfilment == 1
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" stroke="{"#222222" if strong else "#dddddd"}"/>'
        yield text(x, TOP - 12, name, "middle", 11, "#222222" if strong else "#777777", "bold" if strong else "normal")


def bar(goal, y):
    work = goal.work.replace("`", "").split("; other")[0].split(" (")[0]
    yield text(LABELS - 10, y + 12, f"{work} / {goal.against}" if goal.against in ("nginx", "peer") else work, "end")
    if goal.fulfilment is None:
        yield text(across(1) + 6, y + 12, "not measured", color=MISSED)
        return
    color = MET if goal.met else MISSED
    start, end = sorted((across(1), across(goal.fulfilment)))
    yield f'<rect x="{start:.1f}" y="{y}" width="{max(end - start, 2):.1f}" height="{LINE - 8}" fill="{color}"/>'
    if not LEAST <= goal.fulfilment <= MOST:
        yield text(across(goal.fulfilment), y + 12, "»" if goal.fulfilment > MOST else "«", "start" if goal.fulfilment > MOST else "end", 14, color)
    yield text(WIDTH - RESULTS + 18, y + 12, goal.result, color=color, weight="bold")
    yield text(WIDTH - RESULTS + 18 + 82, y + 12, f"{goal.relation} {goal.stated(goal.bound)}", color="#777777")


def plot(found, machine):
    """An SVG document."""
    bottom = TOP + LINE * len(found)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom + 34}" viewBox="0 0 {WIDTH} {bottom + 34}" '
        'font-family="DejaVu Sans, Verdana, Helvetica, sans-serif">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        text(14, 26, "Cistern: how far each goal is met", size=17, weight="bold"),
        text(WIDTH - RESULTS + 18, TOP - 12, "result", size=11, color="#777777"),
        text(WIDTH - RESULTS + 100, TOP - 12, "goal", size=11, color="#777777"),
        *axis(bottom),
    ]
    for number, goal in enumerate(found):
        lines += bar(goal, TOP + LINE * number)
    lines.append(text(14, bottom + 22, f"{machine['date']}, {machine['commit']}; {machine['processor']}", size=11, color="#777777"))
    return "\n".join([*lines, "</svg>", ""])
