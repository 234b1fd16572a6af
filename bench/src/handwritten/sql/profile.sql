SELECT node.code, node.name_vi AS name, score.value, score.score, score.rank, statistic.score_mean AS mean,
       statistic.id IS NOT NULL AS has_statistics
FROM edition
JOIN node ON node.framework_id = edition.framework_id AND node.level = 'indicator'
LEFT JOIN score ON score.edition_id = edition.id AND score.unit_id = $1 AND score.node_id = node.id
LEFT JOIN statistic ON statistic.edition_id = edition.id AND statistic.node_id = node.id
WHERE edition.id = $2 AND edition.status = 'published'
ORDER BY node.position
