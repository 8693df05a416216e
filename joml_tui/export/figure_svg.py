"""Figures as SVG, without a drawing library."""

from __future__ import annotations

from html import escape

from joml_tui.export.figure_shapes import Band, Dot, Figure, Line, Points, Shape, Text

_TEXT = 0x222222


def svg_text(figure: Figure) -> str:
    """Return a figure as the text of an SVG file.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    str
    """
    size = f'width="{figure.width}" height="{figure.height}" viewBox="0 0 {figure.width} {figure.height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
            '<rect width="100%" height="100%" fill="white"/>',
            *map(_element, figure.shapes),
            "</svg>\n",
        ]
    )


def _element(shape: Shape) -> str:
    match shape:
        case Line(points, colour, width, dashes):
            dashed = f' stroke-dasharray="{dashes[0]:g} {dashes[1]:g}"' if dashes else ""
            stroke = f'fill="none" stroke="{_hex(colour)}" stroke-width="{width:g}" stroke-linejoin="round"'
            return f'<polyline points="{_places(points)}" {stroke}{dashed}/>'
        case Band(across, upper, lower, colour, opacity):
            there = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, upper, strict=True))
            back = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across[::-1], lower[::-1], strict=True))
            return f'<polygon points="{there} {back}" fill="{_hex(colour)}" fill-opacity="{opacity:g}"/>'
        case Dot(across, down, radius, colour):
            return f'<circle cx="{across:.1f}" cy="{down:.1f}" r="{radius:g}" fill="{_hex(colour)}"/>'
        case Text(across, down, text, anchor, upright, bold):
            turned = f' transform="rotate(-90 {across:.1f} {down:.1f})"' if upright else ""
            weight = ' font-weight="bold"' if bold else ""
            place = f'x="{across:.1f}" y="{down:.1f}" fill="{_hex(_TEXT)}" text-anchor="{anchor}"'
            return f"<text {place}{weight}{turned}>{escape(text)}</text>"


def _places(points: Points) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _hex(colour: int) -> str:
    return f"#{colour:06x}"
