"""A server that speaks S3, for copies on shared storage."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import s3fs
from moto.server import ThreadedMotoServer

REGION = "eu-west-2"


@contextmanager
def s3_server(bucket: str) -> Iterator[s3fs.S3FileSystem]:
    """Run a server on this computer, named to all by the environment, as credentials are, with one bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "of-the-tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("NO_PROXY", host)
        system = s3fs.S3FileSystem(use_listings_cache=False)
        system.call_s3("create_bucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield system
    server.stop()
