"""The labels that the bot reads and sets, with the colours and descriptions they have in a repository.

Place in the flow: `issueops github init` makes them. One cost: a description of another language replaces the one that
is there, for GitHub keeps one.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts import names


@dataclass(frozen=True, slots=True)
class IssueLabel:
    """One label; `color` is six hexadecimal digits, a description has a hundred characters at most."""

    name: str
    color: str
    en: str
    ja: str

    def description(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


ISSUE_LABELS = (
    IssueLabel(names.LABEL_TRAIN, "1d76db", "Asks the bot to train a model", "ボットにモデルの学習を依頼します"),
    IssueLabel(names.LABEL_RUNNING, "fbca04", "The training is running", "学習を実行中です"),
    IssueLabel(names.LABEL_WAITING, "d93f0b", "Waits for a decision of an operator", "担当者の判断を待っています"),
    IssueLabel(names.LABEL_SUCCEEDED, "0e8a16", "The model was registered", "モデルを登録しました"),
    IssueLabel(names.LABEL_FAILED, "b60205", "No model was registered", "モデルは登録されませんでした"),
)
