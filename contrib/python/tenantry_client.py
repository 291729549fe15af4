"""A client for Tenantry's API that needs only the standard library (Python 3.11 or later)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar, cast

Row = TypeVar("Row")
Input = TypeVar("Input")
Filter = TypeVar("Filter")
Field = TypeVar("Field")

PAGE = 500
UPSERTS = 100
LONGEST = 60  # maximum number of seconds before a request is repeated


class Refused(Exception):
    """A request that the server refused: a problem (RFC 9457), or the error of a route below /api/auth."""

    def __init__(self, status: int, problem: dict[str, Any]):
        super().__init__(problem.get("message") or problem.get("detail") or f"status {status}")
        self.status = status
        self.problem = problem


@dataclass
class Response:
    status: int
    headers: Mapping[str, str]
    data: Any


class Change(TypedDict):
    """A change to a row. If reset is set, some changes after the given number are no longer stored: read all rows again."""

    seq: int
    reset: NotRequired[bool]
    resource: NotRequired[str]
    id: NotRequired[int | str]
    verb: NotRequired[str]
    at: NotRequired[str]
    by: NotRequired[str | None]
    api_key_id: NotRequired[str]
    client: NotRequired[str]
    external_ids: NotRequired[dict[str, list[str]]]


class Upserted(TypedDict):
    """A row that an upsert has written, or the problem that describes why it was refused."""

    status: int
    outcome: Literal["created", "updated", "unchanged", "refused"]
    id: int | None
    etag: str | None
    data: dict[str, Any]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The API never redirects, and a different server must not get the key."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Tenantry:
    """The API of a server, used with a session's token or an API key.

    client is a tag for this program's changes in the feed, so that the program recognizes its own writes.
    """

    def __init__(self, url: str, token: str | None = None, client: str | None = None, retries: int = 4, timeout: float = 60):
        self.url = url.rstrip("/")
        self.token = token
        self.client = client
        self.retries = retries
        self.timeout = timeout
        self.opener = urllib.request.build_opener(_NoRedirect)

    def rows(self, resource: str) -> Rows[Any, Any, Any, str]:
        """The rows of a resource."""
        return Rows(self, resource)

    def request(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None,
                headers: Mapping[str, str] | None = None) -> Response:
        """Sends a request to any path of the API. Query values that are not strings are sent as JSON.

        A request is repeated if it gets no response or a status that allows a retry. All attempts have the same
        Idempotency-Key, so the server makes the change only once.
        """
        search = urllib.parse.urlencode({name: value if isinstance(value, str) else json.dumps(value)
                                         for name, value in (query or {}).items() if value is not None})
        all_headers = {"Accept": "application/json", **(headers or {})}
        if self.token:
            all_headers["Authorization"] = f"Bearer {self.token}"
        if self.client:
            all_headers["X-Client"] = self.client
        if method not in ("GET", "HEAD"):
            all_headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        request = urllib.request.Request(
            f"{self.url}{path}{'?' if search else ''}{search}", method=method, headers=all_headers,
            data=None if body is None else json.dumps(body).encode())
        for n in range(self.retries + 1):
            pause = 0.25 * 2**n
            try:
                response = self._send(request)
            except (OSError, http.client.HTTPException):
                if n == self.retries:
                    raise
            else:
                said = response.headers.get("Retry-After") or ""
                again = response.status in (429, 502, 503, 504) or response.status == 409 and said != ""
                seconds = int(said) if said.isdigit() else 0
                if n == self.retries or not again or seconds > LONGEST:
                    if response.status < 400:
                        return response
                    raise Refused(response.status, response.data if isinstance(response.data, dict) else {})
                pause = seconds or pause
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _send(self, request: urllib.request.Request) -> Response:
        try:
            answer = self.opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
        data = json.loads(text) if "json" in (answer.headers.get("Content-Type") or "") and text else text.decode()
        return Response(answer.status, answer.headers, data)

    def changes_after(self, after: int | None = None,
                      resources: Sequence[str] | None = None) -> tuple[list[Change], int, bool]:
        """Returns a page of changes (without after: none), the number of the last change, and whether there are more."""
        page = self.request("GET", "/api/changes", {"after": after, "resources": resources, "limit": 1000}).data
        reset: list[Change] = [{"seq": page["seq"], "reset": True}] if page["reset"] else []
        return reset + page["changes"], page["seq"], page["more"]

    def changes(self, after: int | None = None, resources: Sequence[str] | None = None, every: float = 2) -> Iterator[Change]:
        """Yields the changes after a number (default: from now on) as they happen. The iterator never ends."""
        while True:
            page, after, more = self.changes_after(after, resources)
            yield from page
            if not more:
                time.sleep(every)

    async def changes_async(self, after: int | None = None, resources: Sequence[str] | None = None,
                            every: float = 2) -> AsyncIterator[Change]:
        """Like changes(), but for "async for"."""
        while True:
            page, after, more = await asyncio.to_thread(self.changes_after, after, resources)
            for change in page:
                yield change
            if not more:
                await asyncio.sleep(every)


class Rows(Generic[Row, Input, Filter, Field]):
    """The rows of a resource."""

    def __init__(self, client: Tenantry, resource: str):
        self.client = client
        self.path = f"/api/{resource}"

    def list(self, filter: Filter | None = None, sort: tuple[Field, Literal["ASC", "DESC"]] | None = None,
             range: tuple[int, int] | None = None, embed: Sequence[str | Mapping[str, Any]] | None = None,
             external_ids: Mapping[str, str | Sequence[str] | None] | None = None) -> list[Row]:
        """Returns the rows of one page (default: the first 25). range is the first and the last position, counted from 0."""
        return cast("list[Row]", self.client.request("GET", self.path, {
            "filter": _filter(filter, external_ids), "sort": sort, "range": range, "embed": embed}).data)

    def all(self, filter: Filter | None = None, sort: tuple[Field, Literal["ASC", "DESC"]] | None = None,
            embed: Sequence[str | Mapping[str, Any]] | None = None,
            external_ids: Mapping[str, str | Sequence[str] | None] | None = None) -> Iterator[Row]:
        """Yields all rows, page by page. Raises Refused with the code cursor_too_long if the filter is too long for several pages."""
        # With an empty after, the server refuses a filter that is too long for a link. Without after, it omits the link,
        # and the rows after the first page would be lost.
        query: Mapping[str, Any] | None = {"filter": _filter(filter, external_ids), "sort": sort, "embed": embed,
                                           "range": (0, PAGE - 1), "after": "", "count": "none"}
        while query is not None:
            page = self.client.request("GET", self.path, query)
            yield from page.data
            link = re.search(r'<[^>?]*\?([^>]+)>;\s*rel="?next"?', page.headers.get("Link") or "")
            query = dict(urllib.parse.parse_qsl(link[1])) if link else None

    def get(self, id: int) -> Row:
        return cast(Row, self.client.request("GET", f"{self.path}/{id}").data)

    def create(self, row: Input) -> Row:
        return cast(Row, self.client.request("POST", self.path, body=row).data)

    def update(self, id: int, row: Input) -> Row:
        """Changes only the fields that the given row contains."""
        return cast(Row, self.client.request("PATCH", f"{self.path}/{id}", body=row).data)

    def upsert(self, match: str, rows: Sequence[Input]) -> Sequence[Upserted]:
        """Creates rows, or updates those with the same external ID ("external_ids.erp") or the same value of a unique field."""
        return [result for start in range(0, len(rows), UPSERTS) for result in self.client.request(
            "PUT", self.path, {"match": match}, rows[start:start + UPSERTS]).data["results"]]

    def delete(self, id: int) -> Row:
        return cast(Row, self.client.request("DELETE", f"{self.path}/{id}").data)


def _filter(filter: Any, external_ids: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns a filter that also finds rows by their IDs in other systems: {"erp": "4711"}; None finds rows without an ID."""
    if external_ids is None:
        return cast("dict[str, Any] | None", filter)
    return {**(filter or {}), **{f"external_ids.{source}": value for source, value in external_ids.items()}}


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, tolerance: float = 300) -> Any:
    """Returns the event of a delivery. The body must be exactly as received.

    Raises ValueError unless the secret ("whsec_...") signed the delivery, at most tolerance seconds ago.
    """
    named = {name.lower(): value for name, value in headers.items()}
    at = named.get("webhook-timestamp", "")
    signed = f"{named.get('webhook-id', '')}.{at}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    if not any(hmac.compare_digest(one.encode(), expected) for one in named.get("webhook-signature", "").split(" ")):
        raise ValueError("the webhook is not signed with this secret")
    if not at.isdigit() or abs(time.time() - int(at)) > tolerance:
        raise ValueError("the webhook is too old")
    return json.loads(body)
