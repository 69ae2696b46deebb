"""The Issue Detector Agent, asking GitHub itself: for teams without a webhook, and for what a webhook missed.

Place in the flow: the scheduler calls `handler.handler`; the same queues and consumers as behind the webhook. One cost:
an issue is noticed a minute late.
"""
