WITH page AS MATERIALIZED (
    SELECT task.id, task.code, task.title, task.due_on, task.status, task.node_id,
           assignment.id AS assignment_id, assignment.role, assignment.organization_id
    FROM assignment
    JOIN task ON task.id = assignment.task_id
    WHERE assignment.organization_id = (SELECT organization_id FROM "user" WHERE id = $1 AND disabled_at IS NULL)
      AND assignment.ended_at IS NULL
    ORDER BY assignment.task_due_on, assignment.task_id
    LIMIT 20
)
SELECT page.code, page.title, page.due_on, page.status, node.code AS indicator_code, node.name_vi AS indicator_name,
       page.role, organization.name_vi AS organization, latest.percent, latest.status AS report_status,
       latest.submitted_at,
       (
           SELECT count(DISTINCT evidence.id)
           FROM (
               SELECT evidence_id FROM evidence_link WHERE task_id = page.id
               UNION ALL
               -- Of its own reports all, of its coordinating organizations' those that were handed in.
               SELECT link.evidence_id
               FROM assignment AS other
               JOIN progress_report AS report ON report.assignment_id = other.id
               JOIN evidence_link AS link ON link.report_id = report.id
               WHERE other.task_id = page.id AND other.ended_at IS NULL
                 AND (other.id = page.assignment_id
                      OR page.role = 'lead' AND other.role = 'coordinating'
                         AND report.status IN ('submitted', 'accepted'))
           ) AS attached
           JOIN evidence ON evidence.id = attached.evidence_id
           WHERE evidence.organization_id = page.organization_id
              OR EXISTS (
                  SELECT 1
                  FROM evidence_link AS link
                  JOIN progress_report AS report
                    ON report.id = link.report_id AND report.status IN ('submitted', 'accepted')
                  JOIN assignment AS other
                    ON other.id = report.assignment_id AND other.role = 'coordinating' AND other.ended_at IS NULL
                  JOIN assignment AS led
                    ON led.task_id = other.task_id AND led.role = 'lead' AND led.ended_at IS NULL
                  WHERE link.evidence_id = evidence.id AND led.organization_id = page.organization_id
              )
       ) AS pieces
FROM page
JOIN organization ON organization.id = page.organization_id
LEFT JOIN node ON node.id = page.node_id AND node.level = 'indicator'
LEFT JOIN progress_report AS latest
  ON latest.id = (SELECT id FROM progress_report WHERE assignment_id = page.assignment_id ORDER BY id DESC LIMIT 1)
ORDER BY page.due_on, page.id
