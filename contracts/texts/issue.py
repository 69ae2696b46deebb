"""What becomes of an issue before and beside its run: edited, reopened, waiting for an answer, not permitted.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "edited_while_running": {
        "en": "### ✏️ The configuration was edited after the training had started\n\nThe run goes on with the configuration that it was started with. To train with the new one:\n\n- open a new issue with it; this run goes on beside it\n- or stop this run with `/cancel` first, and then open a new issue",
        "ja": "### ✏️ 学習の開始後に設定が編集されました\n\n実行中の学習は、開始時の設定のまま続行します。新しい設定で学習するには、次のいずれかを行ってください。\n\n- 新しい設定で新しい Issue を作成する(この実行も並行して続きます)\n- 先に `/cancel` でこの実行を停止してから、新しい Issue を作成する",
    },
    "edited_after_end": {
        "en": "### ✏️ The configuration was edited after the training had ended\n\nNothing was started. To train with the new configuration, open a new issue with it.",
        "ja": "### ✏️ 学習の終了後に設定が編集されました\n\n何も開始していません。新しい設定で学習するには、その設定で新しい Issue を作成してください。",
    },
    "reopened": {
        "en": "### 🔓 This issue was reopened\n\nIts training was started before, so nothing starts by itself now:\n\n- `/retry` runs what was stopped or failed once more, with the same configuration\n- for another training, open a new issue",
        "ja": "### 🔓 この Issue は再オープンされました\n\n学習はすでに一度開始されているため、自動では開始しません。\n\n- `/retry`:停止または失敗した処理を、同じ設定でもう一度実行します\n- 別の学習を行う場合は、新しい Issue を作成してください",
    },
    "reminder": {
        "en": "### ⏰ This run still waits for an answer\n\nIt has waited since {since}. Without an answer until **{until}** the model is rejected. Answer in a comment:\n\n- `/retrain NAME=VALUE` trains again with other hyperparameters\n- `/accept` with a reason registers the model all the same\n- `/reject` with a reason discards it",
        "ja": "### ⏰ まだ回答をお待ちしています\n\n{since} から待機しています。**{until}** までに回答がない場合、モデルは却下されます。次の操作をコメントで指示してください。\n\n- `/retrain NAME=VALUE`:ハイパーパラメータを変えて再学習します\n- `/accept` と理由:基準未達のまま登録します\n- `/reject` と理由:モデルを破棄します",
    },
    "reminder_for_ever": {
        "en": "### ⏰ This run still waits for an answer\n\nIt has waited since {since}, and goes on waiting. Answer in a comment:\n\n- `/retrain NAME=VALUE` trains again with other hyperparameters\n- `/accept` with a reason registers the model all the same\n- `/reject` with a reason discards it",
        "ja": "### ⏰ まだ回答をお待ちしています\n\n{since} から待機しており、回答があるまで待ち続けます。次の操作をコメントで指示してください。\n\n- `/retrain NAME=VALUE`:ハイパーパラメータを変えて再学習します\n- `/accept` と理由:基準未達のまま登録します\n- `/reject` と理由:モデルを破棄します",
    },
    "no_answer": {
        "en": "no answer within {hours} hours",
        "ja": "{hours} 時間以内に回答がありませんでした",
    },
    "may_not_start": {
        "en": "The author of this issue may not start a training here: that takes the permission {required} or more on this repository, and GitHub says {permission}. Somebody who has it can open an issue with the same text.",
        "ja": "この Issue の作成者には、このリポジトリで学習を開始する権限がありません。{required} 以上の権限が必要ですが、GitHub の回答は {permission} です。権限を持つ人が同じ内容の Issue を作成すれば開始できます。",
    },
}
