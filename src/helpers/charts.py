"""Charts as deterministic SVG: horizontal bars, values written at their ends, one style for all."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = ("#0b4f6c", "#6d9dc5", "#b08d3c", "#7a7a7a", "#2f6b4f", "#a2543a")
INK, MUTED = "#1b1f24", "#5b6470"
WIDTH_INCHES, BAR_INCHES, LEGEND_INCHES = 6.4, 0.21, 0.35


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

    style = {
        "svg.fonttype": "none",
        "text.parse_math": False,
        "svg.hashsalt": id,
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "axes.edgecolor": MUTED,
        "text.color": INK,
        "axes.labelcolor": INK,
        "ytick.color": INK,
        "figure.dpi": 72,
    }
    labels = [_wrap(category) for category in categories]
    pitch = max(len(series) + 0.6, 0.8 * max(label.count("\n") + 1 for label in labels))
    rows = len(categories) * pitch
    with rc_context(style):
        height = max(1.0, rows * BAR_INCHES + LEGEND_INCHES + 0.15)
        figure = Figure(figsize=(WIDTH_INCHES, height))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.36, 0.02, 0.56, 1 - LEGEND_INCHES / height - 0.04))
        for index, one in enumerate(series):
            offsets = [row * pitch + index for row in range(len(categories))]
            widths = [value or 0 for value in one.values]
            axes.barh(offsets, widths, height=0.86, color=COLOURS[index % len(COLOURS)], label=one.name)
            for offset, width, text in zip(offsets, widths, one.texts, strict=True):
                axes.annotate(text, (width, offset), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8)
        middle = (len(series) - 1) / 2
        axes.set_yticks([row * pitch + middle for row in range(len(categories))], labels)
        axes.set_ylim(rows - pitch + middle + pitch / 2, middle - pitch / 2)
        axes.set_xlim(left=0)
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        figure.legend(loc="upper left", ncols=min(3, len(series)), frameon=False, fontsize=8, handlelength=1)
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
