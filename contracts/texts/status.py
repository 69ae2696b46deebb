"""Words of the status comment: headings, table heads, what the reader can do next.

Place in the flow: rows of `contracts.messages.TEXTS`; the status comment picks `status_` and the phase for its
headline. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.texts import status_steps

_HEADLINES: Mapping[str, Mapping[str, str]] = {
    "status_idle": {
        "en": "## 💤 Nothing runs for this issue\n\nIt waits in no line, and no execution was started.",
        "ja": "## 💤 この Issue に実行中の処理はありません\n\n順番待ちではなく、開始した実行もありません。",
    },
    "status_refused": {
        "en": "## ✋ This issue cannot be run yet\n\n{findings}\n\nNothing was started. Edit the issue: it is read again at once.",
        "ja": "## ✋ この Issue はまだ実行できません\n\n{findings}\n\nまだ何も開始していません。Issue を編集すると、すぐに読み直します。",
    },
    "status_queued": {
        "en": "## 🕒 In line: place {place} of {line}\n\nAll places for trainings are taken. This one starts by itself when its turn comes.",
        "ja": "## 🕒 順番待ち:{line} 件中 {place} 番目\n\n現在、学習の実行枠はすべて使用中です。順番が来ると自動的に開始します。",
    },
    "status_starting": {
        "en": "## 🚀 Starting: `{algorithm}` on `{dataset_id}`\n\nThe execution has begun; its first step comes next.",
        "ja": "## 🚀 開始中:`{dataset_id}` に対する `{algorithm}`\n\n実行を開始しました。まもなく最初のステップに進みます。",
    },
    "status_preparing": {
        "en": "## 🧹 Preparing data: `{algorithm}` on `{dataset_id}`\n\nThe data set is read, checked, split and encoded.",
        "ja": "## 🧹 データ準備中:`{dataset_id}` に対する `{algorithm}`\n\nデータセットの読み込み、検査、分割、変換を行っています。",
    },
    "status_training": {
        "en": "## 🏋️ Training: `{algorithm}` on `{dataset_id}`\n\nThe goal is `{goal}` on rows the model never sees.",
        "ja": "## 🏋️ 学習中:`{dataset_id}` に対する `{algorithm}`\n\n目標は、学習に使わないデータでの `{goal}` です。",
    },
    "status_evaluating": {
        "en": "## 🔬 Evaluating: `{algorithm}` on `{dataset_id}`\n\nThe trained model is measured on the test rows. The goal is `{goal}`.",
        "ja": "## 🔬 評価中:`{dataset_id}` に対する `{algorithm}`\n\nテストデータで学習済みモデルを測定しています。目標は `{goal}` です。",
    },
    "status_judging": {
        "en": "## ⚖️ Measured: `{metric}` is **{value}**\n\nThe goal is `{goal}`. What follows is being decided.",
        "ja": "## ⚖️ 測定完了:`{metric}` は **{value}**\n\n目標は `{goal}` です。次の処理を判定しています。",
    },
    "status_waiting": {
        "en": "## ⏸️ Waiting for an operator: `{metric}` is **{value}**, the goal is `{goal}`\n\nThe model missed its goal by **{distance}**. What shall happen? Your comment decides.",
        "ja": "## ⏸️ 回答待ち:`{metric}` は **{value}**、目標は `{goal}`\n\n目標まで **{distance}** 不足しています。次の操作をコメントで指示してください。",
    },
    "status_registering": {
        "en": "## 📦 Registering: `{metric}` is **{value}**\n\nThe goal was `{goal}`. The model goes into the registry as a version of `{model_name}`.",
        "ja": "## 📦 登録中:`{metric}` は **{value}**\n\n目標は `{goal}` でした。モデルを `{model_name}` のバージョンとして登録しています。",
    },
    "status_retraining": {
        "en": "## 🔁 Training again\n\n`{metric}` was **{value}**, the goal is `{goal}`. The next attempt is being started as {operator} asked.",
        "ja": "## 🔁 再学習\n\n`{metric}` は **{value}**(目標 `{goal}`)でした。{operator} さんの指示により、次の学習を開始しています。",
    },
    "status_concluding": {
        "en": "## 🧾 Concluding: `{metric}` is **{value}**, the goal was `{goal}`\n\nThe model is not taken; the previous one of `{model_name}` stays. This is being written down.",
        "ja": "## 🧾 終了処理中:`{metric}` は **{value}**、目標は `{goal}`\n\nこのモデルは採用しません。`{model_name}` は以前のモデルのままです。結果を記録しています。",
    },
    "status_stopping": {
        "en": "## ⏹️ Stopping: `{algorithm}` on `{dataset_id}`\n\nThe execution was told to stop and is ending its work.",
        "ja": "## ⏹️ 停止処理中:`{dataset_id}` に対する `{algorithm}`\n\n停止の指示を受け、処理を終了しています。",
    },
    "status_stopped": {
        "en": "## ⏹️ Stopped: `{algorithm}` on `{dataset_id}`\n\nThe execution was stopped. Nothing was registered.",
        "ja": "## ⏹️ 停止しました:`{dataset_id}` に対する `{algorithm}`\n\n実行は停止されました。モデルは登録されていません。",
    },
    "status_failed": {
        "en": "## 💥 Failed in the step “{step}”\n\n> {reason}\n\nNothing was registered.",
        "ja": "## 💥 ステップ「{step}」で失敗しました\n\n> {reason}\n\nモデルは登録されていません。",
    },
    "status_failed_registered": {
        "en": "## ⚠️ Registered, but the step “{step}” failed\n\n> {reason}\n\nVersion **{model_version}** of `{model_name}` is in the registry.",
        "ja": "## ⚠️ 登録済みですが、ステップ「{step}」で失敗しました\n\n> {reason}\n\n`{model_name}` のバージョン **{model_version}** は登録されています。",
    },
    "status_missed": {
        "en": "## ❌ Goal missed: `{metric}` is **{value}**, the goal was `{goal}`\n\nNo retry is left ({retry} of {max_retry} used). The previous model of `{model_name}` stays.",
        "ja": "## ❌ 目標未達:`{metric}` は **{value}**、目標は `{goal}`\n\n再学習の回数が上限に達しました({max_retry} 回中 {retry} 回)。`{model_name}` は以前のモデルのままです。",
    },
    "status_rejected": {
        "en": "## 🚫 Rejected by {operator}: `{metric}` is **{value}**, the goal was `{goal}`\n\n> {reason}\n\nThe previous model of `{model_name}` stays.",
        "ja": "## 🚫 {operator} さんが却下しました:`{metric}` は **{value}**、目標は `{goal}`\n\n> {reason}\n\n`{model_name}` は以前のモデルのままです。",
    },
    "status_registered": {
        "en": "## ✅ Goal reached: `{metric}` is **{value}**, the goal was `{goal}`\n\nVersion **{model_version}** of `{model_name}` is registered and **waits for approval**.",
        "ja": "## ✅ 目標達成:`{metric}` は **{value}**、目標は `{goal}`\n\n`{model_name}` のバージョン **{model_version}** を登録しました。**承認待ち**です。",
    },
    "status_accepted": {
        "en": "## ☑️ Accepted by {operator}: `{metric}` is **{value}**, the goal was `{goal}`\n\n> {reason}\n\nVersion **{model_version}** of `{model_name}` is registered and **waits for approval**.",
        "ja": "## ☑️ {operator} さんが受け入れました:`{metric}` は **{value}**、目標は `{goal}`\n\n> {reason}\n\n`{model_name}` のバージョン **{model_version}** を登録しました。**承認待ち**です。",
    },
    "status_approved": {
        "en": "## 🎉 Version {model_version} of `{model_name}` is approved\n\n> {decision}\n\n`{metric}` is **{value}**, the goal was `{goal}`.",
        "ja": "## 🎉 `{model_name}` のバージョン {model_version} が承認されました\n\n> {decision}\n\n`{metric}` は **{value}**(目標 `{goal}`)です。",
    },
    "status_declined": {
        "en": "## 🚫 Version {model_version} of `{model_name}` was rejected in the registry\n\n> {decision}\n\n`{metric}` is **{value}**, the goal was `{goal}`.",
        "ja": "## 🚫 `{model_name}` のバージョン {model_version} はレジストリで却下されました\n\n> {decision}\n\n`{metric}` は **{value}**(目標 `{goal}`)です。",
    },
    "status_archived": {
        "en": "## 🗄️ Version {model_version} of `{model_name}` is archived\n\n> {reason}\n\nIt serves no more. `{metric}` is **{value}**, the goal was `{goal}`.",
        "ja": "## 🗄️ `{model_name}` のバージョン {model_version} はアーカイブされました\n\n> {reason}\n\nこのバージョンは使用されません。`{metric}` は **{value}**(目標 `{goal}`)です。",
    },
    "status_succeeded": {
        "en": "## ✅ Done: `{metric}` is **{value}**, the goal was `{goal}`\n\nThe execution has ended. Its model is no longer in the registry.",
        "ja": "## ✅ 完了:`{metric}` は **{value}**、目標は `{goal}`\n\n実行は終了しました。モデルはレジストリに存在しません。",
    },
}
_REMARKS: Mapping[str, Mapping[str, str]] = {
    "status_expires": {
        "en": "Without an answer until **{moment}** the model is rejected.",
        "ja": "**{moment}** までに回答がない場合、モデルは却下されます。",
    },
    "status_closed": {
        "en": "The issue is closed.",
        "ja": "この Issue はクローズされています。",
    },
    "status_nobody_said_why": {
        "en": "No reason was given.",
        "ja": "理由は示されていません。",
    },
    "status_shortened": {
        "en": "Some parts are left out so that this comment does not become too long.",
        "ja": "コメントが長くなりすぎるため、一部を省略しています。",
    },
    "status_unreadable_report": {
        "en": "⚠️ The evaluation cannot be shown: {reason}",
        "ja": "⚠️ 評価結果を表示できません。{reason}",
    },
    "status_weakest_group": {
        "en": "🔎 Weakest group: **{column} = {level}** with `{metric}` {value} on {rows} test rows.",
        "ja": "🔎 最も弱いグループ:**{column} = {level}**(`{metric}` {value}、テストデータ {rows} 行)",
    },
    "status_important_columns": {
        "en": "🧭 Most important columns: {columns}.",
        "ja": "🧭 重要な列:{columns}",
    },
}
_HEADINGS: Mapping[str, Mapping[str, str]] = {
    "status_next": {"en": "What you can do now", "ja": "今できること"},
    "status_results": {"en": "Results", "ja": "結果"},
    "status_progress": {"en": "Progress", "ja": "進捗"},
    "status_steps": {"en": "Steps", "ja": "ステップ"},
    "status_configuration": {"en": "Configuration", "ja": "設定"},
    "status_attempts": {"en": "All attempts: {count}", "ja": "これまでの学習:{count} 回"},
    "status_attempts_left_out": {"en": "{count} older ones are not shown.", "ja": "ほか {count} 回は省略しました。"},
    "column_step": {"en": "step", "ja": "ステップ"},
    "column_took": {"en": "took", "ja": "所要時間"},
    "column_tries": {"en": "tries", "ja": "試行"},
    "column_remark": {"en": "remark", "ja": "備考"},
    "column_attempt": {"en": "attempt", "ja": "回"},
    "column_changed": {"en": "what changed", "ja": "変更点"},
    "column_outcome": {"en": "outcome", "ja": "状態"},
    "word_yes": {"en": "yes", "ja": "はい"},
    "word_no": {"en": "no", "ja": "いいえ"},
    "word_log": {"en": "log", "ja": "ログ"},
    "word_history": {"en": "history", "ja": "履歴"},
    "word_cached": {"en": "from the cache", "ja": "キャッシュを使用"},
    "word_since": {"en": "since {moment}", "ja": "{moment} から"},
    "word_first_attempt": {"en": "first", "ja": "初回"},
    "word_retry": {"en": "retry {retry}", "ja": "再学習 {retry}"},
    "word_this_one": {"en": "this one", "ja": "今回"},
    "word_defaults": {"en": "defaults of the algorithm", "ja": "アルゴリズムの既定値"},
    "word_default": {"en": "default", "ja": "既定値"},
    "word_was": {"en": "was {value}", "ja": "変更前 {value}"},
    "word_used": {"en": "{retry} of {max_retry} used", "ja": "{max_retry} 回中 {retry} 回使用"},
    "row_dataset": {"en": "Data set", "ja": "データセット"},
    "row_fingerprint": {"en": "version {fingerprint}", "ja": "版 {fingerprint}"},
    "row_algorithm": {"en": "Algorithm", "ja": "アルゴリズム"},
    "row_hyperparameters": {"en": "Hyperparameters", "ja": "ハイパーパラメータ"},
    "row_goal": {"en": "Goal", "ja": "目標"},
    "row_retries": {"en": "Retries", "ja": "再学習"},
    "row_model": {"en": "Model", "ja": "モデル"},
    "row_champion": {"en": "Model in place", "ja": "現行モデル"},
    "row_instances": {"en": "Instances", "ja": "インスタンス"},
    "row_requested_by": {"en": "Asked for by", "ja": "依頼者"},
    "status_footer": {
        "en": "Execution {execution}, started {moment}",
        "ja": "実行 {execution}、開始 {moment}",
    },
    "duration_seconds": {"en": "{seconds} s", "ja": "{seconds} 秒"},
    "duration_minutes": {"en": "{minutes} min {seconds} s", "ja": "{minutes} 分 {seconds} 秒"},
    "duration_hours": {"en": "{hours} h {minutes} min", "ja": "{hours} 時間 {minutes} 分"},
}
_OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "outcome_Executing": {"en": "⏳ running", "ja": "⏳ 実行中"},
    "outcome_Stopping": {"en": "⏹️ stopping", "ja": "⏹️ 停止処理中"},
    "outcome_Stopped": {"en": "⏹️ stopped", "ja": "⏹️ 停止"},
    "outcome_Failed": {"en": "❌ not taken", "ja": "❌ 不採用"},
    "outcome_Succeeded": {"en": "✅ ended", "ja": "✅ 終了"},
    "outcome_retrained": {"en": "🔁 retrained", "ja": "🔁 再学習へ"},
}
_NEXT: Mapping[str, Mapping[str, str]] = {
    "do_retrain": {
        "en": "train again with other hyperparameters; what you do not name stays as it is",
        "ja": "ハイパーパラメータを変えて再学習します(指定しない値はそのまま)",
    },
    "do_accept": {
        "en": "register the model although it missed its goal",
        "ja": "目標未達のままモデルを登録します",
    },
    "do_reject": {
        "en": "discard the model; the previous one stays",
        "ja": "モデルを破棄します。以前のモデルのままになります",
    },
    "do_approve": {
        "en": "approve this version, so that it may be deployed",
        "ja": "このバージョンを承認し、デプロイできるようにします",
    },
    "do_rollback": {
        "en": "archive this version and go back to the approved one before it",
        "ja": "このバージョンをアーカイブし、直前の承認済みバージョンに戻します",
    },
    "do_cancel": {
        "en": "stop it; closing the issue does the same",
        "ja": "停止します(Issue をクローズしても停止します)",
    },
    "do_retry": {
        "en": "run what failed or was stopped once more, unchanged",
        "ja": "失敗または停止した処理を、同じ設定でもう一度実行します",
    },
    "do_status": {
        "en": "bring this comment up to date",
        "ja": "このコメントを最新の状態に更新します",
    },
    "do_edit": {
        "en": "Edit the issue: it is read again at once.",
        "ja": "Issue を編集してください。すぐに読み直します。",
    },
    "do_new_issue": {
        "en": "For another configuration, open a new issue.",
        "ja": "別の設定で実行する場合は、新しい Issue を作成してください。",
    },
    "do_who": {
        "en": "A command is a line of its own in a comment. It counts from people with {permission} permission or more.",
        "ja": "コマンドはコメントの独立した 1 行に書いてください。{permission} 以上の権限を持つ人のコマンドだけが有効です。",
    },
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    **_HEADLINES,
    **_REMARKS,
    **_HEADINGS,
    **_OUTCOMES,
    **_NEXT,
    **status_steps.TEXTS,
}
