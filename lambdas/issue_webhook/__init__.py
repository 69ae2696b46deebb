"""The Issue Detector Agent, told by GitHub: verifies a delivery, puts the work on a queue, answers.

Place in the flow: API Gateway calls `handler.handler`; start_execution and operator_reply consume what it sends.
One cost: it decides by what GitHub signed, which may be old by then; consumers ask GitHub again.
"""
