"""A page for people: what was measured, beside what it looks and sounds like."""

from echo_runtime.training.report.page import write_report

__all__ = ["write_report"]
