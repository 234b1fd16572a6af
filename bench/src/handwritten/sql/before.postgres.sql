SELECT viewer.role, viewer.organization_id, report.percent, report.content, report.difficulties, report.row_version
FROM "user" AS viewer
LEFT JOIN (
    SELECT percent, content, difficulties, row_version FROM progress_report
    WHERE assignment_id = $2 AND period = $3
    FOR UPDATE
) AS report ON TRUE
WHERE viewer.id = $1
