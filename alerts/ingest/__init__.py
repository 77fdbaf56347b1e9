"""Intake of measurements: each judged alone as input, stored together, then evaluated, in one transaction."""

from alerts.ingest.intake import IngestResult, ingest
from alerts.ingest.reading import MAX_BATCH, Rejected

__all__ = ["MAX_BATCH", "IngestResult", "Rejected", "ingest"]
