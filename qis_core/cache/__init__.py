"""The tiers of the rendition cache and single flight."""
