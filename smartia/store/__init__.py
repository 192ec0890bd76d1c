"""Store: snapshots on disk as monthly Parquet files under one manifest, and the refresh that makes them."""
