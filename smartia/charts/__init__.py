"""Chart: one `build_<subject>_chart` per chart, drawn from small tidy frames that analysis has counted."""
