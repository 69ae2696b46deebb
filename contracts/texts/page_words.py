"""Words that many pages share, and what the pages answer: times, statuses, permissions, notices, refusals.

Place in the flow: rows of `contracts.texts.pages.TEXTS`. `live.js` fills the durations in the browser, too. One cost: a
new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

_TIMES: Mapping[str, Mapping[str, str]] = {
    "months": {
        "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "ja": "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
    },
    "moment": {"en": "{day} {month} {year}, {clock} UTC", "ja": "{year}年{month}{day}日 {clock} UTC"},
    "just_now": {"en": "just now", "ja": "たった今"},
    "since": {"en": "since {when}", "ja": "{when} から"},
    "seconds": {"en": "{seconds} s", "ja": "{seconds} 秒"},
    "minutes": {"en": "{minutes} min {seconds} s", "ja": "{minutes} 分 {seconds} 秒"},
    "whole_minutes": {"en": "{minutes} min", "ja": "{minutes} 分"},
    "hours": {"en": "{hours} h {minutes} min", "ja": "{hours} 時間 {minutes} 分"},
    "bytes": {"en": "{count} bytes", "ja": "{count} バイト"},
    "bytes_one": {"en": "{count} byte", "ja": "{count} バイト"},
}
_STATUSES: Mapping[str, Mapping[str, str]] = {
    "is_succeeded": {"en": "Succeeded", "ja": "成功"},
    "is_approved": {"en": "Approved", "ja": "承認済み"},
    "is_failed": {"en": "Failed", "ja": "失敗"},
    "is_rejected": {"en": "Rejected", "ja": "却下済み"},
    "is_executing": {"en": "Running", "ja": "実行中"},
    "is_starting": {"en": "Starting", "ja": "開始処理中"},
    "is_stopping": {"en": "Stopping", "ja": "停止処理中"},
    "is_stopped": {"en": "Stopped", "ja": "停止"},
    "is_waiting": {"en": "Waiting for an answer", "ja": "回答待ち"},
    "is_pending": {"en": "Waiting for approval", "ja": "承認待ち"},
    "is_partly_failed": {"en": "Completed with failures", "ja": "一部失敗で完了"},
    "is_archived": {"en": "Archived", "ja": "アーカイブ済み"},
    "is_cached": {"en": "from the cache", "ja": "キャッシュを使用"},
    "is_open": {"en": "Open", "ja": "オープン"},
    "is_closed": {"en": "Closed", "ja": "クローズ済み"},
    "yes": {"en": "yes", "ja": "はい"},
    "no": {"en": "no", "ja": "いいえ"},
    "on_failure": {"en": "failed", "ja": "失敗時"},
}
_PERMISSIONS: Mapping[str, Mapping[str, str]] = {
    "may_admin": {"en": "admin", "ja": "管理者"},
    "may_maintain": {"en": "maintain", "ja": "メンテナンス"},
    "may_write": {"en": "write", "ja": "書き込み"},
    "may_triage": {"en": "triage", "ja": "トリアージ"},
    "may_read": {"en": "read", "ja": "読み取り"},
    "may_nothing": {"en": "none", "ja": "権限なし"},
}
_NOTICES: Mapping[str, Mapping[str, str]] = {
    "done_commented": {"en": "Your comment was added.", "ja": "コメントを追加しました。"},
    "done_opened": {"en": "The issue was opened.", "ja": "Issue を作成しました。"},
    "done_edited": {"en": "The issue was saved.", "ja": "Issue を保存しました。"},
    "done_closed": {"en": "The issue was closed.", "ja": "Issue をクローズしました。"},
    "done_reopened": {"en": "The issue was reopened.", "ja": "Issue を再オープンしました。"},
    "done_labelled": {"en": "The labels were saved.", "ja": "ラベルを保存しました。"},
    "done_approve": {"en": "The version was approved.", "ja": "バージョンを承認しました。"},
    "done_reject": {"en": "The version was rejected.", "ja": "バージョンを却下しました。"},
    "done_rollback": {"en": "The model was rolled back.", "ja": "モデルを前のバージョンに戻しました。"},
    "done_account": {"en": "You act as somebody else now.", "ja": "操作アカウントを切り替えました。"},
}
_PHRASES: Mapping[str, Mapping[str, str]] = {
    "phrase_refused": {"en": "Refused", "ja": "受け付けられませんでした"},
    "phrase_forbidden": {"en": "Forbidden", "ja": "許可されていません"},
    "phrase_not_found": {"en": "Not Found", "ja": "見つかりません"},
    "phrase_not_allowed": {"en": "Method Not Allowed", "ja": "この操作はできません"},
    "phrase_conflict": {"en": "Conflict", "ja": "競合しました"},
    "phrase_too_large": {"en": "Too Large", "ja": "大きすぎます"},
    "phrase_unprocessable": {"en": "Not Acceptable As It Is", "ja": "入力内容を確認してください"},
    "phrase_broken": {"en": "Something Broke", "ja": "エラーが発生しました"},
}
_REFUSALS: Mapping[str, Mapping[str, str]] = {
    "foreign_host": {
        "en": "The Host header must name this machine.",
        "ja": "Host ヘッダーには、このマシンの名前を指定してください。",
    },
    "other_site": {
        "en": "Requests from other sites are refused.",
        "ja": "ほかのサイトからのリクエストは受け付けません。",
    },
    "out_of_date": {
        "en": "This form is out of date, or comes from elsewhere. Go back, load the page again, and send it anew.",
        "ja": "このフォームは古いか、別の場所から送信されたものです。前のページに戻り、再読み込みしてから送信し直してください。",
    },
    "no_such_request": {
        "en": "This address takes no such request.",
        "ja": "このアドレスでは、その操作を受け付けていません。",
    },
    "form_too_large": {
        "en": "A form may have {most} bytes at most.",
        "ja": "フォームで送信できるのは {most} バイトまでです。",
    },
    "field_too_long": {
        "en": "{field} may have {most} characters, not {count}.",
        "ja": "{field} は {most} 文字以内で入力してください(現在 {count} 文字)。",
    },
    "no_page": {"en": "There is no such page.", "ja": "このページは存在しません。"},
    "broke": {
        "en": "Something broke while this page was made; the log of issueops serve says what.",
        "ja": "ページの作成中にエラーが発生しました。詳しくは issueops serve のログを確認してください。",
    },
    "refused_because": {"en": "This was refused: {reason}", "ja": "受け付けられませんでした:{reason}"},
    "registry_refused": {"en": "The registry refused: {reason}", "ja": "レジストリが受け付けませんでした:{reason}"},
    "no_asset": {"en": "There is no file {name}.", "ja": "ファイル {name} はありません。"},
    "no_execution": {"en": "There is no execution {name}.", "ja": "実行 {name} はありません。"},
    "no_job": {"en": "There is no job of a step {name}.", "ja": "ステップ {name} のジョブはありません。"},
    "no_file": {"en": "There is no file {name} here.", "ja": "ここにファイル {name} はありません。"},
    "no_model": {"en": "There is no model {name}.", "ja": "モデル {name} はありません。"},
    "no_decision": {"en": "There is no such decision.", "ja": "その操作はできません。"},
    "no_account": {"en": "There is no such account.", "ja": "そのアカウントは存在しません。"},
    "file_too_large": {
        "en": "{path} has {count} bytes; files of up to {most} are shown.",
        "ja": "{path} は {count} バイトあります。表示できるのは {most} バイトまでのファイルです。",
    },
    "title_needed": {"en": "An issue needs a title.", "ja": "Issue のタイトルを入力してください。"},
    "body_needed": {"en": "Write something before you send it.", "ja": "内容を入力してから送信してください。"},
    "open_or_closed": {
        "en": "An issue is open or closed.",
        "ja": "Issue の状態はオープンかクローズのどちらかです。",
    },
    "may_not_open": {
        "en": "{login} may not open issues here.",
        "ja": "{login} には、ここで Issue を作成する権限がありません。",
    },
    "may_not_comment": {
        "en": "{login} may not comment here.",
        "ja": "{login} には、ここでコメントする権限がありません。",
    },
    "may_not_label": {
        "en": "{login} may not change labels.",
        "ja": "{login} には、ラベルを変更する権限がありません。",
    },
    "may_not_change": {
        "en": "{login} may only read; an issue is changed by its author or by who may write.",
        "ja": "{login} は閲覧のみ可能です。Issue を変更できるのは、作成者と書き込み権限のあるアカウントです。",
    },
    "may_not_decide": {
        "en": "{login} may only read; deciding needs an account that may write.",
        "ja": "{login} は閲覧のみ可能です。承認や却下には、書き込み権限のあるアカウントが必要です。",
    },
    "version_is_number": {
        "en": "A version is a number.",
        "ja": "バージョンは数字で指定してください。",
    },
    "which_version": {"en": "Which version? Name it.", "ja": "バージョンを指定してください。"},
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    **_TIMES,
    **_STATUSES,
    **_PERMISSIONS,
    **_NOTICES,
    **_PHRASES,
    **_REFUSALS,
}
