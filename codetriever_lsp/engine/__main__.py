"""Entry of the engine process."""

from __future__ import annotations

from codetriever_lsp.engine.main import main

if __name__ == "__main__":
    raise SystemExit(main())
