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
        "en": "### ❌ The model did not reach its threshold, and no retry is left\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}, after {current_retry} of {max_retry} retries. The previous model of `{model_name}` stays.",
        "ja": "### ❌ モデルが基準に達せず、再学習の回数も上限に達しました\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})、再学習は {max_retry} 回中 {current_retry} 回です。`{model_name}` は以前のモデルのままです。",
    },
    "training_rejected": {
        "en": "### 🚫 The model was rejected\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}. The previous model of `{model_name}` stays.",
        "ja": "### 🚫 モデルは却下されました\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})です。`{model_name}` は以前のモデルのままです。",
    },
    "error": {
        "en": "### 💥 {failed_step} failed\n\n{reason}\n\nNothing was registered. Correct what the message names, then open a new issue.",
        "ja": "### 💥 {failed_step} が失敗しました\n\n{reason}\n\nモデルは登録されていません。上記の内容を修正し、新しい Issue を作成してください。",
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
