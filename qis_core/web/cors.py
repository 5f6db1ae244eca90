"""Pages of other hosts may call the API with a token, and never with a cookie of ours (CORS).

``Access-Control-Allow-Origin: *`` tells a browser to show an answer to any page, as long as no
cookies went with the question; ``Access-Control-Allow-Credentials`` is never sent.
"""

from __future__ import annotations

from pyramid.request import Request
from pyramid.response import Response

_SECONDS = "600"


def share(request: Request, response: Response) -> None:
    """Adds the headers to an answer of the API that may be shared."""
    environ = request.environ
    if not environ.get("PATH_INFO", "").startswith("/api/"):
        return
    headers = response.headers
    if request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
        headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        headers["Access-Control-Max-Age"] = _SECONDS
    elif "HTTP_AUTHORIZATION" in environ and "HTTP_COOKIE" not in environ:
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
