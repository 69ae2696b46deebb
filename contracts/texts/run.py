"""How a run stands: the texts of notifications, of the operator's question and of what a score means.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "training_success": {
        "en": "### ✅ The model reached its threshold\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}. Version **{model_version}** of `{model_name}` is registered and waits for approval.",
        "ja": "### ✅ モデルが基準を満たしました\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})です。`{model_name}` のバージョン **{model_version}** を登録しました。承認をお待ちしています。",
    },
    "training_accepted": {
        "en": "### ☑️ The model was accepted below its threshold\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}. Version **{model_version}** of `{model_name}` is registered and waits for approval.",
        "ja": "### ☑️ 基準未達のモデルが受け入れられました\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})です。`{model_name}` のバージョン **{model_version}** を登録しました。承認をお待ちしています。",
    },
    "retrain_required": {
        "en": "### ⏸️ The model did not reach its threshold\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}. Retry {current_retry} of {max_retry} so far. What shall happen? Answer in a comment:\n\n- `/retrain NAME=VALUE` trains again with other hyperparameters\n- `/accept` with a reason registers the model all the same\n- `/reject` with a reason discards it",
        "ja": "### ⏸️ モデルが基準に達しませんでした\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})です。これまでの再学習は {max_retry} 回中 {current_retry} 回です。次の操作をコメントで指示してください。\n\n- `/retrain NAME=VALUE`:ハイパーパラメータを変えて再学習します\n- `/accept` と理由:基準未達のまま登録します\n- `/reject` と理由:モデルを破棄します",
    },
    "training_failed": {
        "en": "### ❌ The model did not reach its threshold, and no retry is left\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}, after {current_retry} of {max_retry} retries.",
        "ja": "### ❌ モデルが基準に達せず、再学習の回数も上限に達しました\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})、再学習は {max_retry} 回中 {current_retry} 回です。",
    },
    "training_rejected": {
        "en": "### 🚫 The model was rejected\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}.",
        "ja": "### 🚫 モデルは却下されました\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})です。",
    },
    "error": {
        "en": "### 💥 {failed_step} failed\n\n{reason}\n\n**Next:** correct what the message names, then answer `/retry`, or open a new issue.",
        "ja": "### 💥 {failed_step} が失敗しました\n\n{reason}\n\n**次の操作:** 上記の内容を修正し、`/retry` と回答するか、新しい Issue を作成してください。",
    },
    "training_stopped": {
        "en": "### ⏹️ The run was stopped\n\nExecution `{execution_id}` was stopped before it came to its end.",
        "ja": "### ⏹️ 実行は停止されました\n\n実行 `{execution_id}` は完了前に停止されました。",
    },
    "model_approved": {
        "en": "### 🟢 The model is approved\n\nVersion **{model_version}** of `{model_name}` is approved and in place now.",
        "ja": "### 🟢 モデルが承認されました\n\n`{model_name}` のバージョン **{model_version}** が承認され、現行モデルになりました。",
    },
    "model_rejected": {
        "en": "### 🔴 The model is rejected in the registry\n\nVersion **{model_version}** of `{model_name}` is rejected and will not be put in place.",
        "ja": "### 🔴 レジストリでモデルが却下されました\n\n`{model_name}` のバージョン **{model_version}** は却下され、使用されません。",
    },
    "model_rolled_back": {
        "en": "### ⏪ The model was rolled back\n\n`{model_name}` is at version **{model_version}** again; version **{previous_version}** is archived.",
        "ja": "### ⏪ モデルをロールバックしました\n\n`{model_name}` はバージョン **{model_version}** に戻り、バージョン **{previous_version}** はアーカイブされました。",
    },
    "decided_by": {
        "en": "Decided by {operator}.",
        "ja": "決定者:{operator}",
    },
    "decided_because": {
        "en": "Decided by {operator}: {reason}",
        "ja": "決定者:{operator}(理由:{reason})",
    },
    "model_stays": {
        "en": "Version **{model_version}** of `{model_name}` stays in place.",
        "ja": "`{model_name}` はバージョン **{model_version}** のままです。",
    },
    "no_model_stays": {
        "en": "`{model_name}` has no earlier model that could stay in place.",
        "ja": "`{model_name}` には以前のモデルがありません。",
    },
    "next_approve": {
        "en": "**Next:** answer `/approve` to put this version in place.",
        "ja": "**次の操作:** このバージョンを承認するには `/approve` と回答してください。",
    },
    "next_new_issue": {
        "en": "**Next:** open a new issue with other settings or with better data.",
        "ja": "**次の操作:** 設定やデータを見直し、新しい Issue を作成してください。",
    },
    "next_retry": {
        "en": "**Next:** answer `/retry` to run it again.",
        "ja": "**次の操作:** もう一度実行するには `/retry` と回答してください。",
    },
    "see_status": {
        "en": "Status and details",
        "ja": "状況と詳細",
    },
    "champion_better": {
        "en": "📈 Better than the model in place, `{reference}`, by {difference} in `{evaluation_metric}` on the same test rows.",
        "ja": "📈 同じテストデータで、現行モデル `{reference}` より `{evaluation_metric}` が {difference} 改善しました。",
    },
    "champion_worse": {
        "en": "📉 Worse than the model in place, `{reference}`, by {difference} in `{evaluation_metric}` on the same test rows.",
        "ja": "📉 同じテストデータで、現行モデル `{reference}` より `{evaluation_metric}` が {difference} 悪化しました。",
    },
    "champion_same": {
        "en": "⚖️ No difference from the model in place, `{reference}`, beyond the noise: {difference} in `{evaluation_metric}` on the same test rows.",
        "ja": "⚖️ 同じテストデータで、現行モデル `{reference}` との `{evaluation_metric}` の差({difference})は誤差の範囲内です。",
    },
    "champion_unknown": {
        "en": "❔ Not comparable with the model in place, `{reference}`: {reason}",
        "ja": "❔ 現行モデル `{reference}` とは比較できませんでした。{reason}",
    },
    "data_warnings": {
        "en": "<details><summary>⚠️ Warnings about the data: {count}</summary>\n\n{findings}\n\n</details>",
        "ja": "<details><summary>⚠️ データに関する警告:{count} 件</summary>\n\n{findings}\n\n</details>",
    },
    "data_warnings_cut": {
        "en": "<details><summary>⚠️ Warnings about the data: {count}</summary>\n\n{findings}\n\n{left_out} more are left out here; the report has them all.\n\n</details>",
        "ja": "<details><summary>⚠️ データに関する警告:{count} 件</summary>\n\n{findings}\n\nほか {left_out} 件は省略しました。レポートですべて確認できます。\n\n</details>",
    },
    "report_and_history": {
        "en": "History: `{history_path}`",
        "ja": "履歴:`{history_path}`",
    },
}
