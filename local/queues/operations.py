"""SQS's operations over the store: request fields in, response fields out.

Place in the flow: `api` parses a request, calls the method of its operation and sends what comes back. A new operation
is a method and a row of `OPERATIONS`. One cost: permissions, tags and message move tasks do not exist here.

Source: Amazon SQS API Reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.api_errors import ApiError
from local.queues.attributes import MAX_VISIBILITY_SECONDS, MAX_WAIT_SECONDS, check_name
from local.queues.messages import Message, attributes_digest, digest
from local.queues.request import MAX_ENTRIES, Request
from local.queues.store import QueueStore

OPERATIONS = {
    "CreateQueue": "create_queue",
    "DeleteQueue": "delete_queue",
    "GetQueueUrl": "get_queue_url",
    "ListQueues": "list_queues",
    "GetQueueAttributes": "get_queue_attributes",
    "SetQueueAttributes": "set_queue_attributes",
    "PurgeQueue": "purge_queue",
    "SendMessage": "send_message",
    "SendMessageBatch": "send_message_batch",
    "ReceiveMessage": "receive_message",
    "DeleteMessage": "delete_message",
    "DeleteMessageBatch": "delete_message_batch",
    "ChangeMessageVisibility": "change_message_visibility",
    "ChangeMessageVisibilityBatch": "change_message_visibility_batch",
}
Response = dict[str, Any]


class Operations:
    """One request's operations.

    Args:
        base_url: how the client reached the endpoint; queue URLs begin with it.
    """

    def __init__(self, store: QueueStore, *, base_url: str, account: str) -> None:
        self._store, self._catalogue = store, store.catalogue
        self._base_url, self._account = base_url, account

    def create_queue(self, request: Request) -> Response:
        """CreateQueue."""
        name = request.text("QueueName")
        self._catalogue.create(name, request.mapping("Attributes"))
        return {"QueueUrl": self._url(name)}

    def delete_queue(self, request: Request) -> Response:
        """DeleteQueue."""
        self._catalogue.delete(request.queue())
        return {}

    def get_queue_url(self, request: Request) -> Response:
        """GetQueueUrl."""
        name = request.text("QueueName")
        check_name(name)
        self._catalogue.settings(name)
        return {"QueueUrl": self._url(name)}

    def list_queues(self, request: Request) -> Response:
        """ListQueues, in pages where MaxResults asks for them; a token is the last name given."""
        names = self._catalogue.names(request.text("QueueNamePrefix", ""))
        size = request.whole("MaxResults", 1, 1_000)
        after = request.text("NextToken", "")
        names = [name for name in names if name > after]
        shown = names[: size or 1_000]
        answer: Response = {"QueueUrls": [self._url(name) for name in shown]} if shown else {}
        return answer | ({"NextToken": shown[-1]} if size and len(names) > size else {})

    def get_queue_attributes(self, request: Request) -> Response:
        """GetQueueAttributes."""
        name, asked = request.queue(), request.texts("AttributeNames")
        counts = self._store.counts(name)
        values = self._catalogue.attributes(name) | {
            "ApproximateNumberOfMessages": str(counts.visible),
            "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        }
        wanted = {key: value for key, value in values.items() if key in asked or "All" in asked}
        return {"Attributes": wanted} if wanted else {}

    def set_queue_attributes(self, request: Request) -> Response:
        """SetQueueAttributes."""
        self._catalogue.set_attributes(request.queue(), request.mapping("Attributes"))
        return {}

    def purge_queue(self, request: Request) -> Response:
        """PurgeQueue."""
        self._store.purge(request.queue())
        return {}

    def send_message(self, request: Request) -> Response:
        """SendMessage."""
        return self._send(request.queue(), request)

    def send_message_batch(self, request: Request) -> Response:
        """SendMessageBatch."""
        queue = request.queue()
        self._catalogue.settings(queue)
        return _each(request, lambda entry: self._send(queue, entry))

    def receive_message(self, request: Request) -> Response:
        """ReceiveMessage."""
        queue = request.queue()
        found = self._store.receive(
            queue,
            request.whole("MaxNumberOfMessages", 1, MAX_ENTRIES, 1),
            visibility=request.whole("VisibilityTimeout", 0, MAX_VISIBILITY_SECONDS),
            wait=request.whole("WaitTimeSeconds", 0, MAX_WAIT_SECONDS),
        )
        system = {*request.texts("AttributeNames"), *request.texts("MessageSystemAttributeNames")}
        own = request.texts("MessageAttributeNames")
        return {"Messages": [self._shown(message, system, own) for message in found]} if found else {}

    def delete_message(self, request: Request) -> Response:
        """DeleteMessage."""
        self._store.delete(request.queue(), request.text("ReceiptHandle"))
        return {}

    def delete_message_batch(self, request: Request) -> Response:
        """DeleteMessageBatch."""
        queue = request.queue()
        self._catalogue.settings(queue)

        def delete(entry: Request) -> Response:
            self._store.delete(queue, entry.text("ReceiptHandle"))
            return {}

        return _each(request, delete)

    def change_message_visibility(self, request: Request) -> Response:
        """ChangeMessageVisibility."""
        self._rest(request.queue(), request)
        return {}

    def change_message_visibility_batch(self, request: Request) -> Response:
        """ChangeMessageVisibilityBatch."""
        queue = request.queue()
        self._catalogue.settings(queue)
        return _each(request, lambda entry: self._rest(queue, entry))

    def _url(self, name: str) -> str:
        return f"{self._base_url}/{self._account}/{name}"

    def _send(self, queue: str, request: Request) -> Response:
        body, attributes = request.text("MessageBody"), request.message_attributes()
        sent = self._store.send(
            queue,
            body,
            group=request.text("MessageGroupId", None),
            deduplication=request.text("MessageDeduplicationId", None),
            delay=request.whole("DelaySeconds", 0, 900),
            attributes=attributes,
        )
        answer = {
            "MessageId": sent.message_id,
            "MD5OfMessageBody": digest(body),
            "MD5OfMessageAttributes": attributes_digest(attributes),
            "SequenceNumber": sent.sequence,
        }
        return {key: value for key, value in answer.items() if value is not None}

    def _rest(self, queue: str, request: Request) -> Response:
        seconds = request.whole("VisibilityTimeout", 0, MAX_VISIBILITY_SECONDS)
        if seconds is None:
            raise ApiError("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
        self._store.change_visibility(queue, request.text("ReceiptHandle"), seconds)
        return {}

    def _shown(self, message: Message, system: set[str], own: list[str]) -> Response:
        known = message.system_attributes(self._account)
        attributes = {name: value for name, value in known.items() if name in system or "All" in system}
        chosen = {name: value for name, value in message.attributes.items() if _wanted(name, own)}
        answer = {
            "MessageId": message.message_id,
            "ReceiptHandle": message.receipt,
            "MD5OfBody": digest(message.body),
            "Body": message.body,
            "Attributes": attributes,
            "MessageAttributes": chosen,
            "MD5OfMessageAttributes": attributes_digest(chosen),
        }
        return {key: value for key, value in answer.items() if value}


def _each(request: Request, work: Callable[[Request], Response]) -> Response:
    """Do the work for every entry of a batch; one that is refused does not keep the others back."""
    successful: list[Response] = []
    failed: list[Response] = []
    for entry in request.entries():
        entry_id = entry.text("Id")
        try:
            successful.append({"Id": entry_id} | work(entry))
        except ApiError as error:
            fault = error.status >= 500
            failed.append({"Id": entry_id, "SenderFault": not fault, "Code": error.code, "Message": error.message})
    return {key: entries for key, entries in (("Successful", successful), ("Failed", failed)) if entries}


def _wanted(name: str, asked: list[str]) -> bool:
    """Names, `prefix.*` and `All` may be asked for."""
    return any(
        one in ("All", ".*", name) or (one.endswith(".*") and name.startswith(one.removesuffix("*"))) for one in asked
    )
