SELECT viewer.role, viewer.organization_id, report.percent, report.content, report.difficulties, report.row_version
FROM "user" AS viewer
LEFT JOIN progress_report AS report ON report.assignment_id = $2 AND report.period = $3
WHERE viewer.id = $1
