INSERT INTO audit_log
    (id, number, at, user_id, role, organization_id, action, table_name, row_id, "before", "after", request_id,
     previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
