"""Answers to /approve and /rollback. What is announced of a model stands in `run`.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "reply_approved": {
        "en": "`/approve` by {operator}: version {model_version} of `{model_name}` is approved.",
        "ja": "{operator} さんの `/approve` により、`{model_name}` のバージョン {model_version} を承認しました。",
    },
    "already_approved": {
        "en": "Version {model_version} of `{model_name}` is approved already. {description}",
        "ja": "`{model_name}` のバージョン {model_version} はすでに承認されています。{description}",
    },
    "newer_in_force": {
        "en": "The newer version {current_model_version} stays in force; /rollback {model_version} puts this one in its place.",
        "ja": "より新しいバージョン {current_model_version} が引き続き使われます。このバージョンに戻すには /rollback {model_version} としてください。",
    },
    "nothing_registered": {
        "en": "No model was registered from this issue yet.",
        "ja": "この Issue から登録されたモデルはまだありません。",
    },
    "other_model": {
        "en": "This issue's model is `{model_name}`, not `{named}`; say so in one of that model's issues.",
        "ja": "この Issue のモデルは `{named}` ではなく `{model_name}` です。該当するモデルの Issue で指示してください。",
    },
    "reply_rolled_back": {
        "en": "`/rollback` by {operator}: version {current_model_version} of `{model_name}` is in force again, version {previous_model_version} is archived.",
        "ja": "{operator} さんの `/rollback` により、`{model_name}` をバージョン {current_model_version} に戻し、バージョン {previous_model_version} をアーカイブしました。",
    },
    "already_rolled_back": {
        "en": "Version {current_model_version} of `{model_name}` is in force since a rollback: {description}. To go further back, name the version: /rollback VERSION.",
        "ja": "`{model_name}` はロールバックによりすでにバージョン {current_model_version} です({description})。さらに戻すには /rollback バージョン番号 としてください。",
    },
}
