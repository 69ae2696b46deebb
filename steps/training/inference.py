"""Entry point of the serving container: hands its four functions over from the bundle beside this file.

Copied into the model as code/inference.py. Cost: the bundle travels inside every model (about 0.2 MB).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "steps.pyz"))

from steps.serving import input_fn, model_fn, output_fn, predict_fn

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]
