"""The cursor walk as dlt does it: `RESTClient` with its cursor paginator. Needs the extra `bench`."""

from typing import Any

from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from smartia.connect.protocol import PATH


def walk(base_url: str, key: str) -> int:
    """Follow the cursor with dlt, and keep the records; returns how many there are."""
    client = RESTClient(
        base_url=base_url,
        auth=APIKeyAuth(name="x-api-key", api_key=key, location="header"),
        paginator=JSONResponseCursorPaginator(cursor_path="pagination.nextCursor", cursor_param="cursor"),
        data_selector="data",
    )
    records: list[Any] = []
    for page in client.paginate(PATH, params={"limit": 100, "sort[field]": "endDate"}):
        records += page
    return len(records)
