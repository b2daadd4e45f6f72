"""Revisjonsbok: the package the notebooks import, and the command ``revisjonsbok``."""
