"""The order of candidates: features and a learned linear model."""
