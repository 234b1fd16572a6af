-- CROSS JOIN keeps the order of the tables: left to itself SQLite reads the whole edition.
WITH pillar AS MATERIALIZED (
    SELECT node.id, node.code, node.position
    FROM edition
    JOIN node ON node.framework_id = edition.framework_id AND node.level = 'pillar'
    WHERE edition.id = $1
)
SELECT score.rank, score.score, unit.code, unit.name_vi, pillar.code, below.score
FROM edition
CROSS JOIN node ON node.framework_id = edition.framework_id AND node.level = 'index'
CROSS JOIN score ON score.edition_id = edition.id AND score.node_id = node.id
CROSS JOIN unit ON unit.id = score.unit_id
CROSS JOIN pillar
LEFT JOIN score AS below
  ON below.edition_id = edition.id AND below.unit_id = score.unit_id AND below.node_id = pillar.id
WHERE edition.id = $1 AND edition.status = 'published'
ORDER BY score.rank, score.id, pillar.position
LIMIT 63 * 7
