"""SQS of this machine: queues that survive a kill, their HTTP interface, and the functions that consume them.

`store` keeps the messages, `api` speaks SQS's JSON protocol, `consumers` invokes functions with what arrives.
"""
