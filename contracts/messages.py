"""Every text an operator reads in a comment, in English and Japanese, side by side.

Place in the flow: Lambdas ask for a key and give values; nothing else writes prose into comments. Values are escaped
here, so a data set or a reason cannot become a mention, a link or markup. One cost: a new text needs both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from contracts.errors import ConfigError

LANGUAGES = ("en", "ja")
MAX_VALUE_CHARACTERS = 2_000
MAX_LIST_CHARACTERS = 10_000  # five times as long when every character is escaped, which GitHub still takes
LISTS = frozenset({"findings", "commands", "details"})

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")

TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "started": {
            "en": "### 🚀 Training has started\n\n`{algorithm}` on `{dataset_id}`, to reach `{evaluation_metric}` {evaluation_threshold}. Execution `{execution_id}`.",
            "ja": "### 🚀 学習を開始しました\n\nデータセット `{dataset_id}` に対して `{algorithm}` を学習します。目標は `{evaluation_metric}` {evaluation_threshold} です。実行 ID:`{execution_id}`",
        },
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
        "invalid_issue": {
            "en": "### ✋ This issue cannot be run yet\n\n{findings}\n\nNothing was started. Correct these points and open the issue anew.",
            "ja": "### ✋ この Issue はまだ実行できません\n\n{findings}\n\n何も開始していません。上記を修正し、新しい Issue を作成してください。",
        },
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
)  # fmt: skip


def message(key: str, language: str, /, **values: object) -> str:
    """The text of a key in a language, with every value escaped and bounded.

    Values named `findings`, `commands` or `details` keep their lines; every other value becomes one line.

    Raises:
        ConfigError: unknown key or language, or a placeholder without a value.
    """
    if language not in LANGUAGES:
        raise ConfigError(f"language must be one of {', '.join(LANGUAGES)}, got '{language}'.")
    if key not in TEXTS:
        raise ConfigError(f"message '{key}' is not in the table; known: {', '.join(TEXTS)}.")
    text = TEXTS[key][language]
    missing = placeholders(text) - values.keys()
    if missing:
        raise ConfigError(f"message '{key}' needs {', '.join(sorted(missing))}.")
    return text.format(
        **{
            name: escape(value, limit=MAX_LIST_CHARACTERS) if name in LISTS else escape(" ".join(str(value).split()))
            for name, value in values.items()
        }
    )


def placeholders(text: str) -> set[str]:
    """Names a text asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def escape(value: object, *, limit: int = MAX_VALUE_CHARACTERS) -> str:
    """A stranger's value as plain text: no markup, no mentions, no references, bounded; lines are kept."""
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    text = _INVISIBLE.sub("", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("`", "ʼ").replace("@", "@\u200b").replace("|", "¦")
    text = re.sub(r"([\\\[\]!*])", r"\\\1", text)
    text = re.sub(r"(?<![A-Za-z0-9_])_|_(?![A-Za-z0-9_])", r"\\_", text)
    text = text.replace("#", "#\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")
    text = re.sub(r"~(?=~)", "~\u200b", text)
    # A line of its own may not become a heading, a rule, a fence or a command.
    return re.sub(r"^([ \t]*)([-=]{2,}|/)", "\\1\u200b\\2", text, flags=re.MULTILINE)
