"""The words of the issue forms: their names, introductions, and what stands above and below each field.

Place in the flow: `contracts.issue_forms` puts them into the forms; they hold nothing of a stranger's, so they are not
sent through `contracts.messages`. A label must still name its field to `contracts.issue_text`: in English it is the
field's name, in Japanese the name stands behind it in brackets. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # Forms
    "train_name": {"en": "Train a model", "ja": "モデルを学習する"},
    "train_about": {
        "en": "Learn to predict a column: classification or regression",
        "ja": "列の値を予測するモデルを学習します(分類・回帰)",
    },
    "train_intro": {
        "en": "A bot answers on this issue: it checks the settings, trains, evaluates, and registers the model if it reaches the threshold.\nOnly the fields with an asterisk are needed. Instead of this form, the same settings can be written as YAML in a blank issue with the label `{label}`.",
        "ja": "ボットがこの Issue に返信します。設定を確認し、学習と評価を行い、しきい値に達すればモデルを登録します。\n必須なのはアスタリスクの付いた項目だけです。このフォームの代わりに、ラベル `{label}` を付けた空の Issue に同じ設定を YAML で書くこともできます。",
    },
    "cluster_name": {"en": "Find groups or reduce dimensions", "ja": "クラスタリング・次元削減を行う"},
    "cluster_about": {
        "en": "Learn without a target: clustering or dimensionality reduction",
        "ja": "目的変数なしで学習します(クラスタリング・次元削減)",
    },
    "reinforcement_name": {"en": "Train an agent", "ja": "エージェントを学習する"},
    "reinforcement_about": {
        "en": "Learn to act in an environment: reinforcement learning",
        "ja": "環境の中での行動を学習します(強化学習)",
    },
    "not_yet": {
        "en": "**This version cannot train agents yet.** The form is here to show what an issue will hold; the bot answers such an issue with the algorithms that it knows, and starts nothing.",
        "ja": "**このバージョンでは、まだエージェントを学習できません。** このフォームは Issue に書く内容を示すためのものです。ボットは利用できるアルゴリズムを返信し、何も開始しません。",
    },
    "hyperparameter_names": {"en": "Hyperparameters of each algorithm", "ja": "各アルゴリズムのハイパーパラメータ"},
    # Fields
    "learning_type_label": {"en": "Learning type", "ja": "学習の種類 (learning_type)"},
    "learning_type_help": {"en": "There is one kind in this form.", "ja": "このフォームでは 1 種類のみです。"},
    "algorithm_label": {"en": "Algorithm", "ja": "アルゴリズム (algorithm)"},
    "algorithm_help": {"en": "How to learn: {choices}.", "ja": "学習の方法です。{choices}"},
    "dataset_id_label": {"en": "Dataset ID", "ja": "データセット (dataset_id)"},
    "dataset_id_help": {
        "en": "The folder of the data in the bucket, below `datasets/`.",
        "ja": "バケットの `datasets/` の下にあるデータのフォルダー名です。",
    },
    "environment_help": {
        "en": "The environment to act in, such as `CartPole-v1`.",
        "ja": "行動する環境です。例:`CartPole-v1`",
    },
    "target_label": {"en": "Target", "ja": "目的変数の列 (target)"},
    "target_help": {
        "en": "The column to predict. May stay empty where the data set's `dataset.yaml` states it.",
        "ja": "予測する列の名前です。データセットの `dataset.yaml` に書かれている場合は空欄にできます。",
    },
    "yardstick_help": {
        "en": "A column with known groups, for the metrics that compare with them; it is not learned from.",
        "ja": "正解のグループを持つ列です。正解と比較する評価指標でのみ使い、学習には使いません。",
    },
    "hyperparameters_label": {"en": "Hyperparameters", "ja": "ハイパーパラメータ (hyperparameters)"},
    "hyperparameters_help": {
        "en": "One `name: value` a line. What is left out has its default.",
        "ja": "1 行に 1 つ、`名前: 値` の形で書きます。書かないものは既定値になります。",
    },
    "evaluation_metric_label": {"en": "Evaluation metric", "ja": "評価指標 (evaluation_metric)"},
    "evaluation_metric_help": {
        "en": "What the model is judged by; it also says what kind of task this is.",
        "ja": "モデルを判定する指標です。タスクの種類もこれで決まります。",
    },
    "evaluation_threshold_label": {"en": "Evaluation threshold", "ja": "合格のしきい値 (evaluation_threshold)"},
    "evaluation_threshold_help": {
        "en": "The model is registered if the metric is at least this good.",
        "ja": "評価指標がこの値と同じか、より良ければ、モデルを登録します。",
    },
    "max_retry_label": {"en": "Max retry", "ja": "再学習の上限 (max_retry)"},
    "max_retry_help": {
        "en": "How often you may be asked for other hyperparameters when the threshold is missed, from 0 to 10.",
        "ja": "しきい値に達しないとき、ハイパーパラメータの変更を尋ねる回数の上限です(0~10)。",
    },
    "preprocessing_config_label": {"en": "Preprocessing config", "ja": "前処理 (preprocessing_config)"},
    "preprocessing_config_help": {
        "en": "How to read and prepare the data, one `name: value` a line.",
        "ja": "データの読み込みと前処理の設定です。1 行に 1 つ、`名前: 値` の形で書きます。",
    },
    "model_name_label": {"en": "Model name", "ja": "モデル名 (model_name)"},
    "model_name_help": {
        "en": "The group in the model registry. Without it: data set and algorithm.",
        "ja": "モデルレジストリでのグループ名です。空欄の場合は、データセットとアルゴリズムから決まります。",
    },
    "instance_type_label": {"en": "Instance type", "ja": "インスタンスタイプ (instance_type)"},
    "instance_type_help": {
        "en": "The SageMaker instance that trains.",
        "ja": "学習に使う SageMaker のインスタンスです。",
    },
    "instance_count_label": {"en": "Instance count", "ja": "インスタンス数 (instance_count)"},
    "instance_count_help": {"en": "How many of them.", "ja": "インスタンスの台数です。"},
    "seed_label": {"en": "Seed", "ja": "乱数シード (seed)"},
    "seed_help": {
        "en": "The same seed, data and settings give the same model.",
        "ja": "シード、データ、設定が同じなら、同じモデルになります。",
    },
    "purpose_label": {"en": "Why this model", "ja": "このモデルの目的"},
    "purpose_help": {
        "en": "For your colleagues; the bot does not read it.",
        "ja": "同僚のための説明です。ボットは読みません。",
    },
    "before_label": {"en": "Before you send this", "ja": "送信の前に"},
    "allowed": {
        "en": "The data may be used for this model.",
        "ja": "このデータは、このモデルの学習に使用してよいものです。",
    },
}
