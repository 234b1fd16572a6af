-- What the product's policy lets an officer see, as policies of the database: PostGraphile asks as `visitor`.
CREATE ROLE visitor LOGIN;
COMMENT ON TABLE node IS '@name framework_node';

CREATE FUNCTION viewer_organization() RETURNS uuid STABLE SECURITY DEFINER LANGUAGE sql AS $$
    SELECT organization_id FROM "user"
    WHERE id = nullif(current_setting('jwt.claims.sub', TRUE), '')::uuid AND disabled_at IS NULL
$$;
COMMENT ON FUNCTION viewer_organization() IS '@behavior -*';

GRANT SELECT ON organization, unit, node, edition, score, statistic, task, assignment, progress_report TO visitor;

ALTER TABLE edition ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON edition FOR SELECT TO visitor USING (status = 'published');
ALTER TABLE score ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON score FOR SELECT TO visitor
    USING (edition_id IN (SELECT id FROM edition WHERE status = 'published'));
ALTER TABLE statistic ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON statistic FOR SELECT TO visitor
    USING (edition_id IN (SELECT id FROM edition WHERE status = 'published'));

ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
CREATE POLICY held ON assignment FOR SELECT TO visitor
    USING (organization_id = (SELECT viewer_organization()) AND ended_at IS NULL);
ALTER TABLE task ENABLE ROW LEVEL SECURITY;
CREATE POLICY held ON task FOR SELECT TO visitor
    USING (EXISTS (SELECT 1 FROM assignment WHERE assignment.task_id = task.id));

-- The reports of others that the lead reads are told by a function that sees their assignments.
CREATE FUNCTION leads(other uuid) RETURNS boolean STABLE SECURITY DEFINER LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT 1 FROM assignment AS other JOIN assignment AS led ON led.task_id = other.task_id
        WHERE other.id = $1 AND other.role = 'coordinating' AND other.ended_at IS NULL
          AND led.role = 'lead' AND led.ended_at IS NULL AND led.organization_id = viewer_organization()
    )
$$;
COMMENT ON FUNCTION leads(uuid) IS '@behavior -*';
ALTER TABLE progress_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON progress_report FOR SELECT TO visitor
    USING (EXISTS (SELECT 1 FROM assignment WHERE assignment.id = progress_report.assignment_id)
           OR status IN ('submitted', 'accepted') AND leads(assignment_id));

CREATE FUNCTION ranking(edition uuid) RETURNS SETOF score STABLE LANGUAGE sql AS $$
    SELECT score.*
    FROM edition
    JOIN node ON node.framework_id = edition.framework_id AND node.level = 'index'
    JOIN score ON score.edition_id = edition.id AND score.node_id = node.id
    WHERE edition.id = $1
    ORDER BY score.rank, score.id
$$;

CREATE FUNCTION score_below(score score, level text) RETURNS SETOF score STABLE LANGUAGE sql AS $$
    SELECT below.*
    FROM edition
    JOIN node ON node.framework_id = edition.framework_id AND node.level = $2
    JOIN score AS below ON below.edition_id = edition.id AND below.unit_id = $1.unit_id AND below.node_id = node.id
    WHERE edition.id = $1.edition_id
    ORDER BY node.position
$$;

CREATE FUNCTION profile(unit uuid, edition uuid) RETURNS SETOF score STABLE LANGUAGE sql AS $$
    SELECT score.*
    FROM edition
    JOIN node ON node.framework_id = edition.framework_id AND node.level = 'indicator'
    JOIN score ON score.edition_id = edition.id AND score.unit_id = $1 AND score.node_id = node.id
    WHERE edition.id = $2
    ORDER BY node.position
$$;

CREATE FUNCTION score_national_mean(score score) RETURNS double precision STABLE LANGUAGE sql AS $$
    SELECT score_mean FROM statistic WHERE edition_id = $1.edition_id AND node_id = $1.node_id
$$;

CREATE FUNCTION assignment_latest_report(assignment assignment) RETURNS progress_report STABLE LANGUAGE sql AS $$
    SELECT * FROM progress_report WHERE assignment_id = $1.id ORDER BY id DESC LIMIT 1
$$;

-- Evidence is counted where it is seen, without a policy that would be asked for each link.
CREATE FUNCTION task_evidence_count(task task) RETURNS integer STABLE SECURITY DEFINER LANGUAGE sql AS $$
    SELECT count(DISTINCT evidence.id)::integer
    FROM (
        SELECT evidence_id FROM evidence_link WHERE task_id = $1.id
        UNION ALL
        SELECT link.evidence_id
        FROM assignment AS other
        JOIN progress_report AS report ON report.assignment_id = other.id
        JOIN evidence_link AS link ON link.report_id = report.id
        WHERE other.task_id = $1.id AND other.ended_at IS NULL
          AND (other.organization_id = viewer_organization()
               OR report.status IN ('submitted', 'accepted') AND leads(other.id))
    ) AS attached
    JOIN evidence ON evidence.id = attached.evidence_id
    WHERE evidence.organization_id = viewer_organization()
       OR EXISTS (
           SELECT 1
           FROM evidence_link AS link
           JOIN progress_report AS report ON report.id = link.report_id AND report.status IN ('submitted', 'accepted')
           WHERE link.evidence_id = evidence.id AND leads(report.assignment_id)
       )
$$;

CREATE FUNCTION report_save(assignment uuid, period text, percent integer, content text) RETURNS progress_report
VOLATILE SECURITY DEFINER LANGUAGE sql AS $$
    INSERT INTO progress_report AS report
        (id, assignment_id, period, percent, content, status, author_id, created_at, updated_at, row_version)
    SELECT gen_random_uuid(), assignment.id, $2, $3, $4, 'draft', viewer.id, now(), now(), 1
    FROM assignment
    JOIN "user" AS viewer ON viewer.organization_id = assignment.organization_id AND viewer.disabled_at IS NULL
    JOIN task ON task.id = assignment.task_id AND task.status <> 'cancelled'
    WHERE assignment.id = $1 AND assignment.ended_at IS NULL
      AND viewer.id = nullif(current_setting('jwt.claims.sub', TRUE), '')::uuid
      AND NOT EXISTS (
          SELECT 1 FROM reporting_period AS period
          WHERE period.code = $2 AND (period.status <> 'open' OR period.due_at < now())
            AND NOT EXISTS (
                SELECT 1 FROM lock_exception AS leave
                WHERE leave.period_id = period.id AND leave.organization_id = assignment.organization_id
                  AND leave.revoked_at IS NULL AND leave.until >= now() AND period.status <> 'closed'
            )
      )
    ON CONFLICT (assignment_id, period) DO UPDATE
    SET percent = excluded.percent, content = excluded.content, difficulties = NULL, updated_at = now(),
        row_version = report.row_version + 1
    WHERE report.status IN ('draft', 'returned')
    RETURNING report.*
$$;
