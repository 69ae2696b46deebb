"""Names of the pipeline's steps as the status comment shows them, in its picture and its table.

Place in the flow: rows of `contracts.texts.status.TEXTS`, keyed `step_` and the step's name; a step without a row keeps
the name that its definition gives it. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "step_PrepareData": {"en": "Prepare data", "ja": "データ準備"},
    "step_TrainModel": {"en": "Train model", "ja": "モデル学習"},
    "step_EvaluateModel": {"en": "Evaluate model", "ja": "モデル評価"},
    "step_JudgeResults": {"en": "Goal reached?", "ja": "目標を達成?"},
    "step_RegisterModel": {"en": "Register model", "ja": "モデル登録"},
    "step_WriteHistory": {"en": "Write history", "ja": "履歴を記録"},
    "step_NotifySuccess": {"en": "Tell the issue", "ja": "Issue に通知"},
    "step_CheckRetryLimit": {"en": "Retries left?", "ja": "再学習の残りは?"},
    "step_WaitForOperatorInput": {"en": "Wait for the operator", "ja": "回答待ち"},
    "step_OperatorDecision": {"en": "Retrain?", "ja": "再学習する?"},
    "step_RetrainModel": {"en": "Start the next attempt", "ja": "次の学習を開始"},
    "step_OperatorAccepts": {"en": "Accept?", "ja": "受け入れる?"},
    "step_RegisterAcceptedModel": {"en": "Register accepted model", "ja": "受け入れたモデルを登録"},
    "step_WriteAcceptedHistory": {"en": "Write history", "ja": "履歴を記録"},
    "step_NotifyAccepted": {"en": "Tell the issue", "ja": "Issue に通知"},
    "step_RollbackRejectedModel": {"en": "Keep the previous model", "ja": "以前のモデルを維持"},
    "step_WriteRejectedHistory": {"en": "Write history", "ja": "履歴を記録"},
    "step_NotifyRejected": {"en": "Tell the issue", "ja": "Issue に通知"},
    "step_ModelRejected": {"en": "Rejected", "ja": "却下"},
    "step_RollbackModel": {"en": "Keep the previous model", "ja": "以前のモデルを維持"},
    "step_WriteFailedHistory": {"en": "Write history", "ja": "履歴を記録"},
    "step_NotifyFailure": {"en": "Tell the issue", "ja": "Issue に通知"},
    "step_RetriesExhausted": {"en": "No retry left", "ja": "再学習の残りなし"},
    "step_NotifyPrepareDataError": {"en": "Tell the issue", "ja": "Issue に通知"},
    "step_NotifyTrainModelError": {"en": "Tell the issue", "ja": "Issue に通知"},
    "step_NotifyEvaluateModelError": {"en": "Tell the issue", "ja": "Issue に通知"},
}
