"""Routes S3 requests to operations, and turns errors into S3's XML.

Place in the flow: the WSGI application behind `local.s3_api`. An operation is one method here, or one module beside it.
One cost: what S3 has and this does not (versions, ACLs, policies, tags) is answered with NotImplemented.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local.api_errors import ApiError
from local.object_store import ObjectStore
from local.s3_api.bodies import as_stream, payload
from local.s3_api.listing import list_objects
from local.s3_api.markup import answer, parse, timestamp
from local.s3_api.multipart import Uploads
from local.s3_api.objects import Objects

logger = logging.getLogger(__name__)

MAX_DELETIONS = 1000
# Part of a request's authentication or tracing, not of its meaning.
_IGNORED = ("x-amz-", "x-id", "awsaccesskeyid", "signature", "expires", "response-")
_LISTING = {
    "list-type", "prefix", "delimiter", "marker", "max-keys", "encoding-type", "continuation-token", "start-after",
    "fetch-owner",
}  # fmt: skip


class S3Api:
    """A WSGI application; one instance serves many threads."""

    def __init__(self, store: ObjectStore, *, region: str = "us-east-1") -> None:
        self._store, self._region = store, region
        self._uploads = Uploads(store)
        self._objects = Objects(store, self._uploads)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        request = Request(environ)
        try:
            response = self._dispatch(request)
        except ApiError as error:
            response = _error(request, error)
        except HTTPException as error:
            response = _error(request, ApiError("InvalidRequest", str(error.description), error.code or 400))
        except Exception:  # the edge: a fault here must not look like S3's silence
            logger.exception("%s %s failed", request.method, request.path)
            response = _error(request, ApiError("InternalError", "The local S3 failed; its log says why.", 500))
        response.headers["x-amz-request-id"] = "local"
        return response(environ, start_response)

    def _dispatch(self, request: Request) -> Response:
        # The raw path: a decoded one no longer tells `a%2Fb` in a name from a separator at its ends.
        path = str(request.environ.get("RAW_URI") or request.path).split("?", 1)[0]
        raw_bucket, _, raw_key = path.removeprefix("/").partition("/")
        try:
            bucket, key = unquote(raw_bucket, errors="strict"), unquote(raw_key, errors="strict")
        except UnicodeDecodeError as error:
            raise ApiError("InvalidURI", "Couldn't parse the specified URI.", 400) from error
        query = {name for name in request.args if not name.lower().startswith(_IGNORED)}
        if not bucket:
            return self._list_buckets(request)
        if key:
            return self._object(request, (bucket, key), query)
        return self._bucket(request, bucket, query)

    def _list_buckets(self, request: Request) -> Response:
        if request.method != "GET":
            raise _unsupported(request)
        rows = [{"Name": name, "CreationDate": timestamp(created)} for name, created in self._store.buckets()]
        return answer("ListAllMyBucketsResult", {"Owner": {"ID": "local"}, "Buckets": {"Bucket": rows}})

    def _bucket(self, request: Request, bucket: str, query: set[str]) -> Response:
        if request.method == "PUT" and not query:
            self._store.create_bucket(bucket)
            return Response(status=200, headers={"Location": f"/{bucket}"})
        if not self._store.has_bucket(bucket):
            raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
        match request.method:
            case "HEAD":
                return Response(status=200, headers={"x-amz-bucket-region": self._region})
            case "DELETE" if not query:
                self._store.delete_bucket(bucket)
                return Response(status=204)
            case "POST" if query == {"delete"}:
                return self._delete_objects(request, bucket)
            case "GET" if query == {"location"}:
                # S3 spells us-east-1 as an empty constraint.
                return answer("LocationConstraint", {})
            case "GET" if query == {"versioning"}:
                return answer("VersioningConfiguration", {})
            case "GET" if "uploads" in query:
                return self._list_uploads(bucket)
            case "GET" if query <= _LISTING:
                return list_objects(self._store, bucket, request.args)
        raise _unsupported(request)

    def _delete_objects(self, request: Request, bucket: str) -> Response:
        document = parse(as_stream(payload(request)))
        keys = [element.findtext("Key", "") for element in document.iter("Object")]
        if not keys or len(keys) > MAX_DELETIONS:
            raise ApiError("MalformedXML", f"A request deletes 1 to {MAX_DELETIONS} objects, not {len(keys)}.", 400)
        deleted: list[dict[str, str]] = []
        errors: list[dict[str, str]] = []
        for key in keys:
            try:
                self._store.delete(bucket, key)
            except ApiError as error:
                errors.append({"Key": key, "Code": error.code, "Message": error.message})
            else:
                deleted.append({"Key": key})
        quiet = document.findtext("Quiet", "").strip() == "true"
        return answer("DeleteResult", {"Deleted": [] if quiet else deleted, "Error": errors})

    def _list_uploads(self, bucket: str) -> Response:
        rows = [
            {"Key": key, "UploadId": upload_id, "Initiated": timestamp(started)}
            for key, upload_id, started in self._uploads.under_way(bucket)
        ]
        return answer("ListMultipartUploadsResult", {"Bucket": bucket, "IsTruncated": "false", "Upload": rows})

    def _object(self, request: Request, place: tuple[str, str], query: set[str]) -> Response:
        objects, copies = self._objects, "x-amz-copy-source" in request.headers
        match request.method:
            case "GET" | "HEAD" if not query:
                return objects.get(request, place)
            case "GET" if query == {"tagging"}:
                self._store.head(*place)
                return answer("Tagging", {"TagSet": {}})
            case "PUT" if not query:
                return objects.copy(request, place) if copies else objects.put(request, place)
            case "DELETE" if not query:
                self._store.delete(*place)
                return Response(status=204)
            case "POST" if query == {"uploads"}:
                return objects.create_upload(request, place)
            case "PUT" if query == {"uploadId", "partNumber"}:
                return objects.copy_part(request, place) if copies else objects.put_part(request, place)
            case "POST" if query == {"uploadId"}:
                return objects.complete_upload(request, place)
            case "DELETE" if query == {"uploadId"}:
                self._uploads.abort(request.args["uploadId"], place)
                return Response(status=204)
            case "GET" if "uploadId" in query:
                return objects.list_parts(request, place)
        raise _unsupported(request)


def _unsupported(request: Request) -> ApiError:
    return ApiError("NotImplemented", f"{request.method} with {sorted(request.args)} is not supported here.", 501)


def _error(request: Request, error: ApiError) -> Response:
    if request.method == "HEAD":
        return Response(status=error.status)
    body = {"Code": error.code, "Message": error.message, "Resource": request.path, "RequestId": "local"}
    return answer("Error", body, error.status)
