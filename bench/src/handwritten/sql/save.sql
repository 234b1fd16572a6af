INSERT INTO progress_report AS report
    (id, assignment_id, period, percent, content, status, author_id, created_at, updated_at, row_version)
SELECT $1, assignment.id, $4, $5, $6, 'draft', viewer.id, $7, $7, 1
FROM assignment
JOIN "user" AS viewer ON viewer.organization_id = assignment.organization_id AND viewer.disabled_at IS NULL
JOIN task ON task.id = assignment.task_id AND task.status <> 'cancelled'
WHERE assignment.id = $2 AND assignment.ended_at IS NULL AND viewer.id = $3
  AND NOT EXISTS (
      SELECT 1 FROM reporting_period AS period
      WHERE period.code = $4 AND (period.status <> 'open' OR period.due_at < $7)
        AND NOT EXISTS (
            SELECT 1 FROM lock_exception AS leave
            WHERE leave.period_id = period.id AND leave.organization_id = assignment.organization_id
              AND leave.revoked_at IS NULL AND leave.until >= $7 AND period.status <> 'closed'
        )
  )
ON CONFLICT (assignment_id, period) DO UPDATE
SET percent = excluded.percent, content = excluded.content, difficulties = NULL, updated_at = $7,
    row_version = report.row_version + 1
WHERE report.status IN ('draft', 'returned')
RETURNING id, percent, status, row_version
