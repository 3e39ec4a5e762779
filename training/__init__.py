"""Makes the static embedding model that the package bundles; see README.md."""
