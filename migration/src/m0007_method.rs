//! The whole method as data: imputation, outlier limits, what one indicator or node does otherwise, denominators, and the
//! regions by which missing values may be imputed (Resolution 306/NQ-CP of 5/10/2025).

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0007_method",
    up: r#"
ALTER TABLE framework ADD COLUMN imputation {text} NOT NULL DEFAULT 'none';
ALTER TABLE framework ADD COLUMN availability {real} NOT NULL DEFAULT 0;
ALTER TABLE framework ADD COLUMN skew_limit {real} NOT NULL DEFAULT 2;
ALTER TABLE framework ADD COLUMN kurtosis_limit {real} NOT NULL DEFAULT 3.5;
ALTER TABLE framework ADD COLUMN winmax {int} NOT NULL DEFAULT 5;
ALTER TABLE node ADD COLUMN aggregation {text};
ALTER TABLE indicator ADD COLUMN denominator_id {uuid};
ALTER TABLE indicator ADD COLUMN imputation {text};
ALTER TABLE indicator ADD COLUMN treatment {text};
ALTER TABLE indicator ADD COLUMN normalisation {text};
ALTER TABLE indicator ADD COLUMN goalpost_min {real};
ALTER TABLE indicator ADD COLUMN goalpost_max {real};
ALTER TABLE indicator ADD COLUMN target {real};
ALTER TABLE indicator ADD COLUMN capped {bool} NOT NULL DEFAULT TRUE;
ALTER TABLE indicator ADD COLUMN log_scale {bool} NOT NULL DEFAULT FALSE;

CREATE TABLE denominator (
    id {uuid} NOT NULL PRIMARY KEY,
    framework_id {uuid} NOT NULL REFERENCES framework (id),
    code {text} NOT NULL,
    name_vi {text} NOT NULL,
    name_en {text} NOT NULL,
    unit {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (framework_id, code)
);

ALTER TABLE unit ADD COLUMN region {text};
UPDATE unit SET region = 'northern_midlands_and_mountains' WHERE valid_to IS NULL AND code IN ('20', '04', '19', '08', '25', '15', '12', '11', '14');
UPDATE unit SET region = 'red_river_delta' WHERE valid_to IS NULL AND code IN ('01', '31', '37', '33', '24', '22');
UPDATE unit SET region = 'north_central' WHERE valid_to IS NULL AND code IN ('38', '40', '42', '44', '46');
UPDATE unit SET region = 'south_central_coast_and_central_highlands' WHERE valid_to IS NULL AND code IN ('48', '51', '52', '66', '56', '68');
UPDATE unit SET region = 'southeast' WHERE valid_to IS NULL AND code IN ('79', '75', '80');
UPDATE unit SET region = 'mekong_delta' WHERE valid_to IS NULL AND code IN ('92', '86', '82', '91', '96');
"#,
    down: r#"
ALTER TABLE unit DROP COLUMN region;
DROP TABLE denominator;
ALTER TABLE indicator DROP COLUMN log_scale;
ALTER TABLE indicator DROP COLUMN capped;
ALTER TABLE indicator DROP COLUMN target;
ALTER TABLE indicator DROP COLUMN goalpost_max;
ALTER TABLE indicator DROP COLUMN goalpost_min;
ALTER TABLE indicator DROP COLUMN normalisation;
ALTER TABLE indicator DROP COLUMN treatment;
ALTER TABLE indicator DROP COLUMN imputation;
ALTER TABLE indicator DROP COLUMN denominator_id;
ALTER TABLE node DROP COLUMN aggregation;
ALTER TABLE framework DROP COLUMN winmax;
ALTER TABLE framework DROP COLUMN kurtosis_limit;
ALTER TABLE framework DROP COLUMN skew_limit;
ALTER TABLE framework DROP COLUMN availability;
ALTER TABLE framework DROP COLUMN imputation;
"#,
};
