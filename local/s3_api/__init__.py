"""S3's REST interface, path style, over the object store: what boto3, the AWS CLI and table readers use.

Place in the flow: the endpoint hands requests signed for `s3` to `S3Api`. Bodies stream in bounded memory. One cost:
signatures are not checked, so the endpoint listens on loopback only.

Source: Amazon S3 API Reference.
"""

from local.s3_api.app import S3Api

__all__ = ["S3Api"]
