"""The question to the operator, and the answers to an operator's comment.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # The question.
    "operator_question": {
        "en": "### ⏸️ The model did not reach its threshold. What shall happen?\n\n`{evaluation_metric}` is **{value}**, the threshold is {evaluation_threshold}. Retry {current_retry} of {max_retry} so far.",
        "ja": "### ⏸️ モデルが基準に達しませんでした。次の操作を指示してください\n\n`{evaluation_metric}` は **{value}**(基準 {evaluation_threshold})です。これまでの再学習は {max_retry} 回中 {current_retry} 回です。",
    },
    "question_until": {
        "en": "**Answer in a comment until {until}.** Without an answer the model is rejected then.",
        "ja": "**{until} までにコメントで回答してください。** 回答がない場合、モデルは却下されます。",
    },
    "question_open": {
        "en": "**Answer in a comment.** The run waits as long as it takes.",
        "ja": "**コメントで回答してください。** 回答があるまで待機します。",
    },
    "question_retrain": {
        "en": "Train again; these are the values of this run, change what you like:",
        "ja": "再学習する場合(以下は今回の値です。必要な値を変更してください):",
    },
    "question_accept": {
        "en": "Register the model all the same, with your reason:",
        "ja": "基準未達のまま登録する場合(理由を添えてください):",
    },
    "question_reject": {
        "en": "Discard it, with your reason:",
        "ja": "モデルを破棄する場合(理由を添えてください):",
    },
    # What each command does.
    "command_retrain": {
        "en": "train again with these hyperparameters",
        "ja": "指定したハイパーパラメータで再学習します",
    },
    "command_accept": {
        "en": "register the model although it is below the threshold",
        "ja": "基準未達のモデルを登録します",
    },
    "command_reject": {
        "en": "discard the model and end the run",
        "ja": "モデルを破棄し、実行を終了します",
    },
    "command_approve": {
        "en": "approve this issue's newest model, or that version, for use",
        "ja": "この Issue の最新のモデル、または指定したバージョンの利用を承認します",
    },
    "command_rollback": {
        "en": "put the previous approved version, or that one, in force again, and archive the current one",
        "ja": "承認済みの前のバージョン、または指定したバージョンに戻し、現行のバージョンをアーカイブします",
    },
    "command_cancel": {
        "en": "stop this issue's run, or take it out of the line",
        "ja": "この Issue の実行を停止、または待ち行列から取り下げます",
    },
    "command_retry": {
        "en": "run again what failed with an error or was stopped",
        "ja": "エラーで失敗した、または停止された実行を再試行します",
    },
    "command_status": {
        "en": "bring the status comment up to date",
        "ja": "ステータスコメントを最新の状態にします",
    },
    "command_help": {
        "en": "show this list",
        "ja": "この一覧を表示します",
    },
    "help": {
        "en": "### Commands\n\nPossible now: {commands}",
        "ja": "### コマンド\n\n現在使えるもの:{commands}",
    },
    "help_column": {
        "en": "now",
        "ja": "現在",
    },
    "help_permission": {
        "en": "Commands are for people with {permission} permission or more.",
        "ja": "コマンドを使えるのは {permission} 以上の権限を持つ人です。",
    },
    # A comment that is not followed.
    "done_before": {
        "en": "This comment was followed before; nothing was done now.",
        "ja": "このコメントは処理済みのため、何も行いませんでした。",
    },
    "reply_refused": {
        "en": "### ✋ That cannot be done\n\n{findings}",
        "ja": "### ✋ 実行できません\n\n{findings}",
    },
    "reply_not_parsed": {
        "en": "### ✋ That comment cannot be followed; nothing was done\n\n{findings}",
        "ja": "### ✋ このコメントの指示は実行できません。何も変更していません\n\n{findings}",
    },
    "keeps_waiting": {
        "en": "The run keeps waiting.",
        "ja": "実行は引き続き待機しています。",
    },
    "not_permitted": {
        "en": "{operator} may not command here: {permission} permission on the repository, or more, is needed.",
        "ja": "{operator} さんには権限がありません。リポジトリへの {permission} 以上の権限が必要です。",
    },
    "not_allowed": {
        "en": "{operator} may not use /{command} here: only people on its list may.",
        "ja": "{operator} さんは /{command} を使えません。許可された人だけが使えます。",
    },
    "author_excluded": {
        "en": "{operator} opened this issue, so somebody else must /{command} its model.",
        "ja": "{operator} さんはこの Issue の作成者です。/{command} は別の人が行う必要があります。",
    },
    # Decisions on the run.
    "reply_retrain": {
        "en": "`/retrain` by {operator} is taken: retry {retry} of {max_retry}, from execution `{execution_id}`.",
        "ja": "{operator} さんの `/retrain` を受け付けました。再学習 {max_retry} 回中 {retry} 回目、実行 `{execution_id}` からの続きです。",
    },
    "reply_difference": {
        "en": "What changes:\n\n{details}",
        "ja": "変更点:\n\n{details}",
    },
    "reply_no_difference": {
        "en": "Every value stays as it was.",
        "ja": "値の変更はありません。",
    },
    "reply_accept": {
        "en": "`/accept` by {operator} is taken: the model is being registered. {reason}",
        "ja": "{operator} さんの `/accept` を受け付けました。モデルを登録します。{reason}",
    },
    "reply_reject": {
        "en": "`/reject` by {operator} is taken: the model is discarded. {reason}",
        "ja": "{operator} さんの `/reject` を受け付けました。モデルを破棄します。{reason}",
    },
    "no_retry_left": {
        "en": "No retry is left: {retry} of {max_retry} were used. The model can be accepted (/accept) or rejected (/reject); or open a new issue.",
        "ja": "再学習の回数は上限です({max_retry} 回中 {retry} 回使用)。/accept か /reject で回答するか、新しい Issue を作成してください。",
    },
    "nothing_waits": {
        "en": "No execution of this issue waits for an answer.",
        "ja": "この Issue には回答待ちの実行がありません。",
    },
    "older_than_question": {
        "en": "This comment is older than the question. Answer in a new one, below it.",
        "ja": "このコメントは問い合わせより前に書かれています。問い合わせの後に新しいコメントで回答してください。",
    },
    "already_answered": {
        "en": "This question was answered already, with `/{decision}` by {operator}; the first answer counts.",
        "ja": "この問い合わせには {operator} さんが `/{decision}` で回答済みです。最初の回答が有効です。",
    },
    "expired": {
        "en": "Nobody answered this question in time, so the model was rejected.",
        "ja": "期限までに回答がなかったため、モデルは却下されました。",
    },
    "no_longer_asked": {
        "en": "This question is no longer open: its execution went on or was stopped.",
        "ja": "この問い合わせは終了しています。実行が先へ進んだか、停止されました。",
    },
    # The run itself.
    "cancelled": {
        "en": "`/cancel` by {operator}: stopping execution {executions}.",
        "ja": "{operator} さんの `/cancel` により、実行 {executions} を停止します。",
    },
    "withdrawn": {
        "en": "`/cancel` by {operator}: the issue is out of the line, nothing of it runs.",
        "ja": "{operator} さんの `/cancel` により、待ち行列から取り下げました。実行中のものはありません。",
    },
    "nothing_runs": {
        "en": "Nothing of this issue runs or waits in line, so there is nothing to cancel.",
        "ja": "この Issue には実行中のものも順番待ちもないため、取り消すものがありません。",
    },
    "retried": {
        "en": "`/retry` by {operator}: execution `{execution_id}` runs again; what had succeeded is kept.",
        "ja": "{operator} さんの `/retry` により、実行 `{execution_id}` を再開します。成功済みの手順はそのまま使います。",
    },
    "retry_not_started": {
        "en": "Nothing was started for this issue yet, so there is nothing to retry.",
        "ja": "この Issue ではまだ何も開始していないため、再試行できません。",
    },
    "retry_running": {
        "en": "Execution `{execution_id}` has not ended (it is {status}); /cancel stops it.",
        "ja": "実行 `{execution_id}` は終了していません({status})。/cancel で停止できます。",
    },
    "retry_succeeded": {
        "en": "Execution `{execution_id}` succeeded, so there is nothing to retry. For another model open a new issue.",
        "ja": "実行 `{execution_id}` は成功しているため、再試行は不要です。別のモデルが必要な場合は新しい Issue を作成してください。",
    },
    "retry_judged": {
        "en": "Execution `{execution_id}` did not fail by an error: its model was judged or rejected, and the same run gives the same model. Open a new issue with other hyperparameters or another threshold.",
        "ja": "実行 `{execution_id}` はエラーではなく、評価または却下によって終了しました。同じ設定では同じモデルになります。ハイパーパラメータや基準を変えて新しい Issue を作成してください。",
    },
    "retry_refused": {
        "en": "SageMaker does not retry execution `{execution_id}`. Open a new issue.",
        "ja": "SageMaker では実行 `{execution_id}` を再試行できません。新しい Issue を作成してください。",
    },
    "entered_again": {
        "en": "`/retry` by {operator}: the issue is looked at again.",
        "ja": "{operator} さんの `/retry` により、この Issue をもう一度処理します。",
    },
    "retry_closed": {
        "en": "This issue is closed; reopen it before its run is retried.",
        "ja": "この Issue はクローズされています。再試行するには再オープンしてください。",
    },
    "retry_no_place": {
        "en": "As many executions run as may at the same time; say /retry again when one has ended.",
        "ja": "同時に実行できる数の上限に達しています。いずれかが終わってから、もう一度 /retry してください。",
    },
    "status_refreshed": {
        "en": "The status comment is up to date",
        "ja": "ステータスコメントを更新しました",
    },
    "status_nothing": {
        "en": "There is nothing to show of this issue yet.",
        "ja": "この Issue にはまだ表示できる状態がありません。",
    },
}
