"""Which route answers which method and path of GitHub's REST API. Cost: what has no row here is answered 404."""

from local.github import app_routes, git_routes, hook_routes, issue_routes, label_routes, repository_routes
from local.github.exchange import Route

# What SQLite can hold.
_ID = "int(max=9223372036854775807)"
_REPO = "/repos/<owner>/<name>"
_ISSUE = _REPO + f"/issues/<{_ID}:number>"
_COMMENT = _REPO + f"/issues/comments/<{_ID}:comment_id>"
_HOOK = _REPO + f"/hooks/<{_ID}:hook_id>"
_DELIVERY = _HOOK + f"/deliveries/<{_ID}:delivery_id>"
_INSTALLATION = f"/app/installations/<{_ID}:installation_id>"

# What an App may ask with its JSON web token; everything else needs a token of an installation.
FOR_APPS: frozenset[Route] = frozenset(
    {
        app_routes.get_app,
        app_routes.list_installations,
        app_routes.get_installation,
        app_routes.create_token,
        app_routes.get_repository_installation,
    }
)

# method, path, route, arguments fixed by the path
ROUTES: tuple[tuple[str, str, Route, dict[str, str]], ...] = (
    ("GET", "/user", repository_routes.get_user, {}),
    ("GET", "/users/<login>", repository_routes.get_user_by_login, {}),
    ("GET", "/app", app_routes.get_app, {}),
    ("GET", "/app/installations", app_routes.list_installations, {}),
    ("GET", _INSTALLATION, app_routes.get_installation, {}),
    ("POST", _INSTALLATION + "/access_tokens", app_routes.create_token, {}),
    ("GET", _REPO + "/installation", app_routes.get_repository_installation, {}),
    ("GET", _REPO + "/hooks", hook_routes.list_hooks, {}),
    ("POST", _REPO + "/hooks", hook_routes.create_hook, {}),
    ("GET", _HOOK, hook_routes.get_hook, {}),
    ("PATCH", _HOOK, hook_routes.update_hook, {}),
    ("DELETE", _HOOK, hook_routes.delete_hook, {}),
    ("POST", _HOOK + "/pings", hook_routes.ping_hook, {}),
    ("GET", _HOOK + "/deliveries", hook_routes.list_deliveries, {}),
    ("GET", _DELIVERY, hook_routes.get_delivery, {}),
    ("POST", _DELIVERY + "/attempts", hook_routes.redeliver, {}),
    ("GET", "/rate_limit", repository_routes.get_rate_limit, {}),
    ("GET", _REPO, repository_routes.get_repository, {}),
    ("GET", _REPO + "/collaborators/<login>/permission", repository_routes.get_permission, {}),
    ("GET", _REPO + "/collaborators/<login>", repository_routes.is_collaborator, {}),
    ("GET", _REPO + "/branches", repository_routes.list_branches, {}),
    ("GET", _REPO + "/branches/<path:name_>", repository_routes.get_branch, {}),
    ("GET", _REPO + "/commits", repository_routes.list_commits, {}),
    ("GET", _REPO + "/commits/<path:ref>", repository_routes.get_commit, {}),
    ("GET", _REPO + "/contents", repository_routes.get_contents, {}),
    ("GET", _REPO + "/contents/<path:path>", repository_routes.get_contents, {}),
    ("PUT", _REPO + "/contents/<path:path>", repository_routes.put_contents, {}),
    ("DELETE", _REPO + "/contents/<path:path>", repository_routes.delete_contents, {}),
    ("POST", _REPO + "/git/blobs", git_routes.create_blob, {}),
    ("POST", _REPO + "/git/trees", git_routes.create_tree, {}),
    ("POST", _REPO + "/git/commits", git_routes.create_commit, {}),
    ("GET", _REPO + "/git/commits/<sha>", git_routes.get_commit, {}),
    ("GET", _REPO + "/git/ref/<path:ref>", git_routes.get_ref, {}),
    ("PATCH", _REPO + "/git/refs/<path:ref>", git_routes.update_ref, {}),
    ("GET", _REPO + "/labels", label_routes.list_labels, {}),
    ("POST", _REPO + "/labels", label_routes.create_label, {}),
    ("GET", _REPO + "/labels/<path:name_>", label_routes.get_label, {}),
    ("PATCH", _REPO + "/labels/<path:name_>", label_routes.update_label, {}),
    ("DELETE", _REPO + "/labels/<path:name_>", label_routes.delete_label, {}),
    ("GET", _REPO + "/issues", issue_routes.list_issues, {}),
    ("POST", _REPO + "/issues", issue_routes.create_issue, {}),
    ("GET", _REPO + "/issues/comments", issue_routes.list_comments, {}),
    ("GET", _COMMENT, issue_routes.get_comment, {}),
    ("PATCH", _COMMENT, issue_routes.edit_comment, {}),
    ("DELETE", _COMMENT, issue_routes.delete_comment, {}),
    ("GET", _ISSUE, issue_routes.get_issue, {}),
    ("PATCH", _ISSUE, issue_routes.edit_issue, {}),
    ("GET", _ISSUE + "/comments", issue_routes.list_comments, {}),
    ("POST", _ISSUE + "/comments", issue_routes.create_comment, {}),
    ("GET", _ISSUE + "/labels", label_routes.issue_labels, {}),
    ("POST", _ISSUE + "/labels", label_routes.add_labels, {}),
    ("PUT", _ISSUE + "/labels", label_routes.set_labels, {}),
    ("DELETE", _ISSUE + "/labels", label_routes.clear_labels, {}),
    ("DELETE", _ISSUE + "/labels/<path:name_>", label_routes.remove_label, {}),
    *(
        (method, _REPO + path + suffix, route, {"subject": subject})
        for path, subject in ((f"/issues/<{_ID}:key>", "issue"), (f"/issues/comments/<{_ID}:key>", "comment"))
        for method, suffix, route in (
            ("GET", "/reactions", issue_routes.list_reactions),
            ("POST", "/reactions", issue_routes.create_reaction),
            ("DELETE", f"/reactions/<{_ID}:reaction_id>", issue_routes.delete_reaction),
        )
    ),
)
