SELECT score.rank, score.score, unit.code, unit.name_vi, pillar.code, below.score
FROM edition
JOIN node ON node.framework_id = edition.framework_id AND node.level = 'index'
JOIN score ON score.edition_id = edition.id AND score.node_id = node.id
JOIN unit ON unit.id = score.unit_id
LEFT JOIN node AS pillar ON pillar.framework_id = edition.framework_id AND pillar.level = 'pillar'
LEFT JOIN score AS below
  ON below.edition_id = edition.id AND below.unit_id = score.unit_id AND below.node_id = pillar.id
WHERE edition.id = $1 AND edition.status = 'published'
ORDER BY score.rank, score.id, pillar.position
LIMIT 63 * 7
