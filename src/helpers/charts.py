"""Charts as deterministic SVG: horizontal bars, values written at their ends, one style for all."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

COLOURS = ("#0b4f6c", "#6d9dc5", "#b08d3c", "#7a7a7a", "#2f6b4f", "#a2543a")
INK, MUTED = "#1b1f24", "#5b6470"
POINTS = 72  # to the inch
WIDTH, LEFT, RIGHT = 461, 166, 412  # of the drawing; where names end and bars begin, and where the longest ends
BAR, LEGEND, KEYS, MARGIN = 15, 13, 12, 8
NAMES_IN_A_ROW = 3


@dataclass(frozen=True)
class Series:
    """One colour of bars: a value per category (None where there is none) and the text at its end."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]


def bar_chart(categories: Sequence[str], series: Sequence[Series], *, id: str) -> str:
    """Draw grouped horizontal bars.

    Args:
        id: salt for the ids inside the SVG, so that two charts on a page never share one.

    Returns:
        An ``<svg>`` element without fixed size, date or external reference: same data, same bytes.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    style = {
        "svg.fonttype": "none",
        "text.parse_math": False,
        "svg.hashsalt": id,
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": INK,
        "figure.dpi": POINTS,
    }
    labels = [_wrap(category) for category in categories]
    pitch = BAR * max(len(series) + 0.6, 0.8 * max(label.count("\n") + 1 for label in labels))
    height = MARGIN + len(categories) * pitch + LEGEND + KEYS * ceil(len(series) / NAMES_IN_A_ROW)
    bottom, top = MARGIN, MARGIN + len(categories) * pitch
    colours = [COLOURS[index % len(COLOURS)] for index in range(len(series))]
    drawn = [0.0, *(value for one in series for value in one.values if value)]
    least, span = min(drawn), max(drawn) - min(drawn) or 1.0
    # The texts of bars that go left have the room there that those of the others have at their right.
    begin = LEFT + (WIDTH - RIGHT if least < 0 else 0)
    zero = begin - least / span * (RIGHT - begin)
    with rc_context(style):
        # Drawn in points, without matplotlib's axes: those would measure and place ticks that nobody sees.
        figure = Figure(figsize=(WIDTH / POINTS, height / POINTS))
        FigureCanvasSVG(figure)
        here = figure.dpi_scale_trans.frozen().scale(1 / POINTS)

        def write(x: float, y: float, text: str, size: int, align: str) -> None:
            figure.text(x, y, text, transform=here, fontsize=size, ha=align, va="center_baseline")

        for row, label in enumerate(labels):
            middle = top - (row + 0.5) * pitch
            write(LEFT - 3.5, middle, label, 9, "right")
            for index, one in enumerate(series):
                bar = middle + ((len(series) - 1) / 2 - index) * BAR
                width = (one.values[row] or 0) / span * (RIGHT - begin)
                shape = (zero, bar - 0.43 * BAR), width, 0.86 * BAR
                figure.add_artist(Rectangle(*shape, transform=here, facecolor=colours[index], linewidth=0))
                align, gap = ("right", -3) if width < 0 else ("left", 3)
                write(zero + width + gap, bar, one.texts[row], 8, align)
        figure.add_artist(Line2D((zero, zero), (bottom, top), transform=here, color=MUTED, linewidth=0.8))
        figure.legend(
            [Rectangle((0, 0), 1, 1, facecolor=colour, linewidth=0) for colour in colours],
            [one.name for one in series],
            loc="upper left", ncols=min(NAMES_IN_A_ROW, len(series)), frameon=False, fontsize=8, handlelength=1,
        )  # fmt: skip
        out = io.StringIO()
        figure.savefig(
            out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _tidy(out.getvalue())


def _wrap(text: str, width: int = 30) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width)) or text


def _tidy(svg: str) -> str:
    """Only the element itself, scaling with the column, with rounded coordinates; the text of labels is left alone."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1 width="100%"', svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) xmlns:xlink="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(
        r'(<g\b[^>]*?) id="[^"]*"', r"\1", svg
    )  # names of parts, the same in every chart; what is referred to stays
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d{2})\d+", r"\1", tag[0]), svg).strip()
