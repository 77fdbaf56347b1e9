"""Charts as plain geometry: numbers in, coordinates out. Painters (SVG in templates, PNG here) add nothing but ink."""

from alerts.charts.counts import Bar, Counts, counts
from alerts.charts.geometry import chart
from alerts.charts.reducing import Point
from alerts.charts.shapes import Band, Box, Chart, Line, Threshold

__all__ = ["Band", "Bar", "Box", "Chart", "Counts", "Line", "Point", "Threshold", "chart", "counts"]
