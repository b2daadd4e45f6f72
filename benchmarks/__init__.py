"""Measures of the workbook itself."""
