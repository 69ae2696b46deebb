"""What the pages of `issueops serve` say: menus, headings, buttons, empty places, refusals.

Place in the flow: `contracts.page_texts` takes one language's column, and the pages escape it for HTML; comments have
tables of their own, escaped for Markdown. Beside a row with {count} may stand one whose name ends in `_one`: it is used
for one thing. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.texts import page_words

_FRAME: Mapping[str, Mapping[str, str]] = {
    "skip": {"en": "Skip to the content", "ja": "本文へ移動"},
    "main_menu": {"en": "Main", "ja": "メインメニュー"},
    "overview": {"en": "Overview", "ja": "概要"},
    "executions": {"en": "Executions", "ja": "実行"},
    "models": {"en": "Models", "ja": "モデル"},
    "about": {"en": "About", "ja": "説明"},
    "acting_as": {"en": "Acting as", "ja": "操作アカウント"},
    "switch": {"en": "Switch", "ja": "切り替える"},
    "to_the_overview": {"en": "Go to the overview", "ja": "概要に戻る"},
    "repository_menu": {"en": "Repository", "ja": "リポジトリ"},
    "path_menu": {"en": "Path", "ja": "パス"},
    "label_menu": {"en": "Labels", "ja": "ラベル"},
    "issues": {"en": "Issues", "ja": "Issue 一覧"},
    "files": {"en": "Files", "ja": "ファイル"},
    "flowchart": {"en": "Flowchart with {count} nodes", "ja": "フローチャート(ノード {count} 個)"},
    "starts_with_label": {
        "en": "An issue with the label {label} starts an execution.",
        "ja": "ラベル {label} の付いた Issue を作成すると、実行が開始されます。",
    },
}
_OVERVIEW: Mapping[str, Mapping[str, str]] = {
    "answer_issue": {"en": "Answer #{number}", "ja": "#{number} に回答する"},
    "running": {"en": "Running", "ja": "実行中"},
    "between_steps": {"en": "between two steps", "ja": "次のステップへ移行中"},
    "nothing_runs": {"en": "Nothing runs at the moment.", "ja": "現在、実行中の処理はありません。"},
    "open_issues": {"en": "Open issues", "ja": "オープン中の Issue"},
    "issue_changed": {
        "en": "{issue} by {login}, changed {when}",
        "ja": "{issue} · 作成者:{login} · 更新:{when}",
    },
    "more_issues": {"en": "and {count} more", "ja": "ほか {count} 件"},
    "no_issue_open": {"en": "No issue is open.", "ja": "オープン中の Issue はありません。"},
    "no_repository": {"en": "There is no repository yet.", "ja": "リポジトリはまだありません。"},
    "first_issue": {
        "en": "Open the first issue from the command line; its repository comes with it.",
        "ja": "コマンドラインから最初の Issue を作成してください。リポジトリも同時に作成されます。",
    },
    "repositories": {"en": "Repositories", "ja": "リポジトリ"},
    "none_yet": {"en": "None yet.", "ja": "まだありません。"},
    "short_in_force": {"en": "v{version} in force", "ja": "現行 v{version}"},
    "no_version": {"en": "no version", "ja": "バージョンなし"},
    "no_model_yet": {"en": "No model is registered yet.", "ja": "登録されたモデルはまだありません。"},
    "ended_lately": {"en": "Ended lately", "ja": "最近終了した実行"},
    "nothing_ended": {"en": "No execution has ended yet.", "ja": "終了した実行はまだありません。"},
    "queues": {"en": "Queues", "ja": "キュー"},
}
_ABOUT: Mapping[str, Mapping[str, str]] = {
    "about_these_pages": {"en": "About these pages", "ja": "このページについて"},
    "what_this_is": {
        "en": "This machine runs the whole loop: a GitHub stand-in with its issues, the pipeline runtime, the model registry, and the functions between them. These pages load nothing from elsewhere.",
        "ja": "Issue を管理する GitHub の代替環境、パイプラインの実行環境、モデルレジストリ、それらをつなぐ関数のすべてが、このマシン上で動作しています。これらのページは外部から何も読み込みません。",
    },
    "whom_to_act_as": {
        "en": "You may act as any account, to see what an operator, a data scientist or a reader can do. The permission of the account decides, as it does on GitHub.",
        "ja": "操作アカウントは自由に切り替えられます。オペレーター、データサイエンティスト、閲覧者がそれぞれ何をできるか確認できます。GitHub と同じく、できる操作はアカウントの権限によって決まります。",
    },
    "where_things_are": {"en": "Where things are", "ja": "各種の場所"},
    "home_folder": {"en": "Home", "ja": "データの保存先"},
    "aws_endpoint": {"en": "AWS endpoint", "ja": "AWS エンドポイント"},
    "nothing_to_tell": {"en": "Nothing to tell.", "ja": "表示する情報はありません。"},
    "webhooks": {"en": "Webhooks", "ja": "Webhook の受信"},
    "webhook_received": {
        "en": "Deliveries are received at {path} and checked by their signature. It is the only address that answers to another host name, so a tunnel may lead here.",
        "ja": "Webhook は {path} で受信し、署名を検証します。ほかのホスト名での接続を受け付けるのはこのアドレスだけなので、トンネルの転送先に指定できます。",
    },
    "no_webhook": {"en": "No webhook is received here.", "ja": "ここでは Webhook を受信していません。"},
}
_EXECUTIONS: Mapping[str, Mapping[str, str]] = {
    "execution": {"en": "Execution", "ja": "実行"},
    "status": {"en": "Status", "ja": "状態"},
    "issue": {"en": "Issue", "ja": "依頼元の Issue"},
    "started": {"en": "Started", "ja": "開始"},
    "took": {"en": "Took", "ja": "所要時間"},
    "none": {"en": "none", "ja": "なし"},
    "nothing_has_run": {"en": "Nothing has run yet.", "ja": "まだ何も実行されていません。"},
    "started_when": {"en": "started {when}", "ja": "開始:{when}"},
    "for_issue": {"en": "for {issue}", "ja": "依頼元:{issue}"},
    "operator_is_asked": {
        "en": "An operator is asked to decide.",
        "ja": "オペレーターの判断を待っています。",
    },
    "answer_on_issue": {"en": "Answer on the issue", "ja": "Issue で回答する"},
    "pipeline": {"en": "Pipeline", "ja": "パイプライン"},
    "steps": {"en": "Steps", "ja": "ステップ"},
    "attempt": {"en": "attempt {count}", "ja": "{count} 回目の試行"},
    "registered": {"en": "registered {version}", "ja": "登録:{version}"},
    "version_of_model": {"en": "{model} version {version}", "ja": "{model} バージョン {version}"},
    "outcome": {"en": "outcome", "ja": "判定"},
    "log": {"en": "Log", "ja": "ログ"},
    "log_of_job": {"en": "{log} of {job}", "ja": "{log}(ジョブ {job})"},
    "log_of_step": {"en": "Log of {step}", "ja": "{step} のログ"},
    "more": {"en": "more", "ja": "さらに表示"},
    "no_step_yet": {"en": "No step was reached yet.", "ja": "まだどのステップも始まっていません。"},
    "parameters": {"en": "Parameters", "ja": "パラメータ"},
    "no_log": {"en": "There is no log of this job here.", "ja": "このジョブのログはここにありません。"},
}
_FILES: Mapping[str, Mapping[str, str]] = {
    "raw": {"en": "Raw", "ja": "元のデータ"},
    "not_text": {"en": "This file is not text.", "ja": "このファイルはテキストではありません。"},
    "bytes_under_raw": {"en": "Its bytes are under Raw.", "ja": "内容は「元のデータ」から取得できます。"},
    "no_file_yet": {"en": "There is no file here yet.", "ja": "ここにはまだファイルがありません。"},
    "where_history_goes": {
        "en": "The history of every training is committed to this repository, under training_history.",
        "ja": "学習の履歴は、このリポジトリの training_history にコミットされます。",
    },
}
_ISSUES: Mapping[str, Mapping[str, str]] = {
    "all_labels": {"en": "All labels", "ja": "すべてのラベル"},
    "new_issue": {"en": "New issue", "ja": "Issue を作成"},
    "count_open": {"en": "{count} Open", "ja": "オープン {count} 件"},
    "count_closed": {"en": "{count} Closed", "ja": "クローズ済み {count} 件"},
    "opened_by": {"en": "opened {when} by {login}", "ja": "{login} さんが作成({when})"},
    "closed_by": {"en": "closed {when} by {login}", "ja": "クローズ:{when} · 作成者:{login}"},
    "no_open_issue": {"en": "No open issue.", "ja": "オープン中の Issue はありません。"},
    "no_closed_issue": {"en": "No closed issue.", "ja": "クローズ済みの Issue はありません。"},
    "no_open_with_label": {
        "en": "No open issue has the label {label}.",
        "ja": "ラベル {label} の付いたオープン中の Issue はありません。",
    },
    "no_closed_with_label": {
        "en": "No closed issue has the label {label}.",
        "ja": "ラベル {label} の付いたクローズ済みの Issue はありません。",
    },
    "how_to_open": {
        "en": "Open one with the button above: describe the training, and the pipeline starts.",
        "ja": "上のボタンから作成してください。学習の内容を書くと、パイプラインが開始されます。",
    },
    "without_title": {"en": "Without a title", "ja": "無題"},
    "nothing_to_see": {"en": "Nothing to see yet.", "ja": "まだ何も書かれていません。"},
    "title": {"en": "Title", "ja": "タイトル"},
    "title_hint": {"en": "What should the model tell?", "ja": "モデルで何を知りたいですか?"},
    "description": {"en": "Description", "ja": "内容"},
    "example_question": {"en": "Which species is this penguin?", "ja": "このペンギンの種はどれですか?"},
    "give_label": {
        "en": "Give it the label {label}: it starts the training",
        "ja": "ラベル {label} を付ける(学習が開始されます)",
    },
    "as_whom": {
        "en": "As {login}. Markdown is understood.",
        "ja": "{login} として作成します。Markdown を使えます。",
    },
    "preview": {"en": "Preview", "ja": "プレビュー"},
    "open_issue": {"en": "Open issue", "ja": "Issue を作成する"},
}
_THREAD: Mapping[str, Mapping[str, str]] = {
    "nobody_sees_it": {"en": "nobody sees it yet", "ja": "まだ投稿されていません"},
    "answer_as": {"en": "Answer as {login}", "ja": "{login} として回答"},
    "comment_hint": {
        "en": "Write a comment, or a command on a line of its own",
        "ja": "コメントを入力してください。コマンドは独立した 1 行に書きます",
    },
    "close_issue": {"en": "Close issue", "ja": "Issue をクローズする"},
    "reopen_issue": {"en": "Reopen issue", "ja": "Issue を再オープンする"},
    "comment": {"en": "Comment", "ja": "コメントする"},
    "change_labels": {"en": "Change the labels", "ja": "ラベルを変更"},
    "save_labels": {"en": "Save labels", "ja": "ラベルを保存する"},
    "edit_issue": {"en": "Edit title and text", "ja": "タイトルと内容を編集"},
    "text": {"en": "Text", "ja": "内容"},
    "save": {"en": "Save", "ja": "保存する"},
    "opened_this": {"en": "{login} opened this {when}", "ja": "{login} さんが作成({when})"},
    "comments": {"en": "{count} comments", "ja": "コメント {count} 件"},
    "comments_one": {"en": "{count} comment", "ja": "コメント {count} 件"},
    "edited": {"en": "edited", "ja": "編集済み"},
    "bot": {"en": "bot", "ja": "ボット"},
    "author": {"en": "author", "ja": "作成者"},
    "no_description": {"en": "No description.", "ja": "内容はありません。"},
    "closed_when": {"en": "Closed {when}", "ja": "クローズ:{when}"},
    "labels": {"en": "Labels", "ja": "ラベル"},
    "no_labels": {"en": "None", "ja": "なし"},
    "no_execution_yet": {
        "en": "None yet. The label {label} starts one.",
        "ja": "まだありません。ラベル {label} を付けると開始されます。",
    },
}
_MODELS: Mapping[str, Mapping[str, str]] = {
    "model": {"en": "Model", "ja": "モデル"},
    "in_force_column": {"en": "In force", "ja": "現行"},
    "newest_version": {"en": "Newest version", "ja": "最新バージョン"},
    "versions_column": {"en": "Versions", "ja": "バージョン数"},
    "registered_column": {"en": "Registered", "ja": "登録"},
    "how_to_register": {
        "en": "A training that reaches its threshold registers one.",
        "ja": "学習の結果がしきい値に達すると登録されます。",
    },
    "version_in_force": {"en": "Version {version} is in force", "ja": "現行:バージョン {version}"},
    "none_approved": {"en": "No version is approved", "ja": "承認済みのバージョンはありません"},
    "versions": {"en": "{count} versions", "ja": "バージョン {count} 件"},
    "versions_one": {"en": "{count} version", "ja": "バージョン {count} 件"},
    "only_reading": {
        "en": "{login} may only read. To decide, act as an account that may write.",
        "ja": "{login} は閲覧のみ可能です。承認や却下を行うには、書き込み権限のあるアカウントに切り替えてください。",
    },
    "version": {"en": "Version {version}", "ja": "バージョン {version}"},
    "in_force": {"en": "in force", "ja": "現行"},
    "unknown": {"en": "unknown", "ja": "不明"},
    "threshold": {"en": "threshold {value}", "ja": "しきい値 {value}"},
    "not_judged": {"en": "not judged", "ja": "判定なし"},
    "algorithm": {"en": "Algorithm", "ja": "アルゴリズム"},
    "data_set": {"en": "Data set", "ja": "データセット"},
    "decision": {"en": "Decision", "ja": "判定"},
    "approval": {"en": "Approval", "ja": "承認・却下"},
    "everything": {"en": "Everything about it", "ja": "すべての情報"},
    "model_data": {"en": "model data", "ja": "モデルのデータ"},
    "image": {"en": "image", "ja": "コンテナイメージ"},
    "decide": {"en": "Decide", "ja": "承認・却下する"},
    "why": {
        "en": "Why? It is kept with the version, as decided by {login}.",
        "ja": "理由({login} さんの判断として、バージョンとともに記録されます)",
    },
    "approve_version": {"en": "Approve version {version}", "ja": "バージョン {version} を承認する"},
    "reject": {"en": "Reject", "ja": "却下する"},
    "roll_back_to": {"en": "Roll back to version {version}", "ja": "バージョン {version} に戻す"},
    "roll_back": {"en": "Roll back to the one before", "ja": "前のバージョンに戻す"},
    "nothing_before": {
        "en": "There is no approved version before it",
        "ja": "これより前に承認されたバージョンはありません",
    },
    "no_version_yet": {"en": "There is no version yet.", "ja": "バージョンはまだありません。"},
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    **page_words.TEXTS,
    **_FRAME,
    **_OVERVIEW,
    **_ABOUT,
    **_EXECUTIONS,
    **_FILES,
    **_ISSUES,
    **_THREAD,
    **_MODELS,
}
