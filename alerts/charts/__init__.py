"""Charts as plain geometry: numbers in, coordinates out. Painters (SVG here) add nothing but ink."""

from alerts.charts.geometry import Band, Box, Chart, Line, Point, chart

__all__ = ["Band", "Box", "Chart", "Line", "Point", "chart"]
