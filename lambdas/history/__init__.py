"""The history in git: a file and a row for every run, a row for every rollback.

Place in the flow: history_writer writes runs, operator_reply writes rollbacks, the status comment links to both. One
cost: histories are English; what people answer to is in their language.
"""

from lambdas.history.rollbacks import Rollback
from lambdas.history.writing import Written, late_history, write_rollback

__all__ = ["Rollback", "Written", "late_history", "write_rollback"]
