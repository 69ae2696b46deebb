"""Channel `email`: one message to all addresses, as text and as simple HTML, by SES.

Place in the flow: the sender's identity is verified in SES beforehand. At least once. One cost: the recipients see each
other's addresses.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from lambdas import aws
from lambdas.channels.channel import Outlet
from lambdas.channels.failures import refused_by_aws
from lambdas.channels.notification import Notification
from lambdas.channels.renderings import html_text, plain_text, subject


def send(notification: Notification, outlet: Outlet) -> str:
    """SES's id of the message."""
    settings, language = outlet.settings, outlet.language
    try:
        answer = aws.client("sesv2").send_email(
            FromEmailAddress=settings.email_from,
            Destination={"ToAddresses": list(settings.email_to)},
            Content={
                "Simple": {
                    "Subject": _utf8(subject(notification)),
                    "Body": {
                        "Text": _utf8(plain_text(notification, language)),
                        "Html": _utf8(html_text(notification, language)),
                    },
                }
            },
            EmailTags=[{"Name": "kind", "Value": notification.kind}],
        )
    except (ClientError, BotoCoreError) as error:
        raise refused_by_aws("SES did not take the e-mail", error) from error
    return str(answer["MessageId"])


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
