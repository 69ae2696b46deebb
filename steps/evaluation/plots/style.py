"""How every plot looks: colours that colour-blind readers tell apart, markers and lines that differ without colour.

Used by all drawers. matplotlib's settings are changed inside ``styled`` only, so nothing that a caller set is touched
and nothing that a caller set shows in a report. Names from the data are never read as mathematics.
Cost: importing matplotlib takes half a second, which is why it is imported here and not above.
"""

from __future__ import annotations

import io
import logging
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from steps.evaluation.plots.lettering import installed_families
from steps.evaluation.plots.plot import Plot, Source

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe and Ito (2008), without the yellow that white paper swallows.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1C2330",
)  # fmt: skip
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # as many as are coprime with the colours: 56 pairs
LINES = ("-", "--", "-.", ":")
INK, SOFT, GRID, NOISE = "#1C2330", "#5D6880", "#E6E9EF", "#9AA3B2"
DPI = 100
PALETTE = 192
"""Colours kept in a PNG: four times smaller than full colour, and no difference that an eye can see."""

_SETTINGS: dict[str, Any] = {
    "text.parse_math": False,
    "text.usetex": False,
    "text.hinting": "no_hinting",  # hinted, small bold digits look as if they had serifs
    "text.color": INK,
    "font.size": 10.5,
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": "#AEB6C4",
    "axes.labelcolor": INK,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.formatter.use_mathtext": False,
    "axes.formatter.limits": (-5, 6),
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "hatch.linewidth": 0.6,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw inside this; matplotlib's settings are as before afterwards, and its remarks on font caches are dropped."""
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        import matplotlib

        settings: Any = {**_SETTINGS, "font.family": list(installed_families())}
        with matplotlib.rc_context(settings):
            yield
    finally:
        log.setLevel(level)


def new_figure(width: float = 7.2, height: float = 4.8) -> Figure:
    """A figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def finished(source: Source, figure: Figure, name: str, title: str, caption: str) -> Plot:
    """The plot of a figure under its title; the names that no font could draw are spelled out in the caption."""
    wide = textwrap.fill(title, int(figure.get_size_inches()[0] * 10.5))
    figure.suptitle(wide, x=0.012, ha="left", fontsize=12.5, fontweight="bold")
    text = " ".join(filter(None, (caption, source.lettering.note)))
    return Plot(name, title, text, _png(figure))


def colour(index: int) -> str:
    """The colour of a class, cluster or line."""
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    """The marker of a class or cluster."""
    return MARKERS[index % len(MARKERS)]


def line(index: int) -> str:
    """The line style beside a colour."""
    return LINES[index % len(LINES)]


def shades() -> Colormap:
    """White to blue, even in lightness; for cells with numbers on them."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("shades", ["#FFFFFF", "#D3E5F1", "#7FB5D8", BLUE, "#004A75"])


def percent_axis(axes: Axes, which: str) -> None:
    """Ticks of an axis of fractions as percentages."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}%"))


def count_axis(axes: Axes, which: str) -> None:
    """Ticks of an axis of counts: whole numbers with thousands separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def number(value: float, digits: int = 3) -> str:
    """A number for a title or label; a dash where undefined. Only 1 itself is shown as 1, and no 0.9996."""
    if value != value:
        return "–"
    while 0.9 < value < 1 and digits < 6 and f"{value:.{digits}g}" == "1":
        digits += 1
    return f"{value:.{digits}g}".replace("-", "−")


def _png(figure: Figure) -> bytes:
    """Equal bytes for equal pictures: neither a date nor a version is written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    size = canvas.get_width_height()
    picture = Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")
    few = picture.quantize(PALETTE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = few.getpalette() or []
    paper = 3 * int(np.asarray(few)[0, 0])
    palette[paper : paper + 3] = [255, 255, 255]
    few.putpalette(palette)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()
