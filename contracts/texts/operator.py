"""Answers to an operator's comment.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "reply_refused": {
        "en": "### ✋ That answer cannot be used\n\n{findings}\n\nThe run keeps waiting.",
        "ja": "### ✋ その回答は使えません\n\n{findings}\n\n実行は引き続き待機しています。",
    },
    "reply_accepted": {
        "en": "`/{command}` by {operator} is taken. {details}",
        "ja": "{operator} さんの `/{command}` を受け付けました。{details}",
    },
    "not_permitted": {
        "en": "{operator} may not decide here: write permission on the repository is needed.",
        "ja": "{operator} さんには権限がありません。リポジトリへの write 権限が必要です。",
    },
    "nothing_waits": {
        "en": "No execution of this issue waits for an answer.",
        "ja": "この Issue には回答待ちの実行がありません。",
    },
    "already_answered": {
        "en": "This question has been answered already; the first answer counts.",
        "ja": "この問い合わせには回答済みです。最初の回答が有効です。",
    },
    "one_decision": {
        "en": "Give one decision per comment: /retrain, /accept or /reject.",
        "ja": "1 つのコメントに指定できる決定は /retrain、/accept、/reject のいずれか 1 つです。",
    },
    "help": {
        "en": "### Commands\n\n{commands}",
        "ja": "### コマンド\n\n{commands}",
    },
}
