"""The pages that a browser shows: issues and threads, executions live, the model registry."""
