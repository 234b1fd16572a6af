SELECT score.rank, score.score, unit.code, unit.name_vi, pillars.positions, pillars.codes, pillars.scores
FROM edition
JOIN node ON node.framework_id = edition.framework_id AND node.level = 'index'
JOIN score ON score.edition_id = edition.id AND score.node_id = node.id
JOIN unit ON unit.id = score.unit_id
LEFT JOIN (
    SELECT score.unit_id, array_agg(node.position) AS positions, array_agg(node.code) AS codes,
           array_agg(score.score) AS scores
    FROM edition
    JOIN node ON node.framework_id = edition.framework_id AND node.level = 'pillar'
    JOIN score ON score.edition_id = edition.id AND score.node_id = node.id
    WHERE edition.id = $1
    GROUP BY score.unit_id
) AS pillars ON pillars.unit_id = score.unit_id
WHERE edition.id = $1 AND edition.status = 'published'
ORDER BY score.rank, score.id
LIMIT 63
