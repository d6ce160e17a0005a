"""``weaviate-orm doctor``."""

from __future__ import annotations

import attrs

from weaviate_orm.cli.diagnosis import diagnose
from weaviate_orm.cli.findings import PROBLEM, Finding
from weaviate_orm.cli.invocation import DIFFERENCES, HISTORY_NAME, MODELS, Invocation, command

_SIGNS = {"ok": "✓", "warning": "!", "problem": "✗"}


@command(MODELS, HISTORY_NAME)
def doctor(invocation: Invocation) -> int:
    """Check the settings, the server and what migrations need of it.

    Each finding has a next step. The exit code is 1 where one is a problem.
    """
    findings = diagnose(invocation)
    invocation.output.document([attrs.asdict(finding) for finding in findings])
    invocation.output.table(("", "", ""), [_row(finding) for finding in findings])
    return DIFFERENCES if any(finding.status == PROBLEM for finding in findings) else 0


def _row(finding: Finding) -> tuple[str, str, str]:
    step = f"\n→ {finding.next_step}" if finding.next_step else ""
    return _SIGNS[finding.status], finding.subject, f"{finding.message}{step}"
