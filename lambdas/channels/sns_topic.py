"""Channel `sns`: plain text to a topic, with attributes that subscriptions can filter by.

Place in the flow: e-mail lists, pagers and other functions subscribe to the topic. At least once; a FIFO topic drops a
repetition within five minutes. One cost: an address in a stranger's text stays readable, if no link.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from lambdas import aws
from lambdas.channels.channel import Outlet
from lambdas.channels.failures import refused_by_aws
from lambdas.channels.notification import Notification
from lambdas.channels.renderings import ascii_subject, plain_text


def send(notification: Notification, outlet: Outlet) -> str:
    """SNS's id of the message."""
    topic = outlet.settings.sns_topic_arn
    attributes = {
        "kind": notification.kind,
        "repository": notification.repository,
        "issue_number": str(notification.issue_number),
    }
    ordered = {"MessageGroupId": notification.issue[-128:], "MessageDeduplicationId": notification.digest}
    try:
        answer = aws.client("sns").publish(
            TopicArn=topic,
            Subject=ascii_subject(notification),
            Message=plain_text(notification, outlet.language),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
            **(ordered if topic.endswith(".fifo") else {}),
        )
    except (ClientError, BotoCoreError) as error:
        raise refused_by_aws("SNS did not take the message", error) from error
    return str(answer["MessageId"])
