"""Semantic code search as a language server: index a workspace, ask in plain words, land on the
right lines.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
