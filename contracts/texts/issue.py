"""What becomes of an issue before and beside its run: started, refused, waiting, edited, closed.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "started": {
        "en": "### 🚀 Training has started\n\n`{algorithm}` on `{dataset_id}`, to reach `{evaluation_metric}` {evaluation_threshold}. Execution `{execution_id}`.",
        "ja": "### 🚀 学習を開始しました\n\nデータセット `{dataset_id}` に対して `{algorithm}` を学習します。目標は `{evaluation_metric}` {evaluation_threshold} です。実行 ID:`{execution_id}`",
    },
    "invalid_issue": {
        "en": "### ✋ This issue cannot be run yet\n\n{findings}\n\nNothing was started. Correct these points and open the issue anew.",
        "ja": "### ✋ この Issue はまだ実行できません\n\n{findings}\n\n何も開始していません。上記を修正し、新しい Issue を作成してください。",
    },
}
