-- Alert: the window function that says when a metric spikes or drops. Rust: src/pg/alert.rs

CREATE TYPE clv_metric_alert AS (
    expected double precision,
    lower    double precision,
    upper    double precision,
    z        double precision,
    flag     text
);
COMMENT ON TYPE clv_metric_alert IS 'a value of a time series against those before it';
COMMENT ON COLUMN clv_metric_alert.expected IS 'median of the values before';
COMMENT ON COLUMN clv_metric_alert.lower IS 'below it a value is a drop';
COMMENT ON COLUMN clv_metric_alert.upper IS 'above it a value is a spike';
COMMENT ON COLUMN clv_metric_alert.z IS 'deviation from the median in robust standard deviations';
COMMENT ON COLUMN clv_metric_alert.flag IS 'drop, usual or spike';

CREATE FUNCTION clv_metric_alert(value double precision, history integer DEFAULT 28, season integer DEFAULT 1, threshold double precision DEFAULT 3.5) RETURNS clv_metric_alert
    AS 'MODULE_PATHNAME', 'clv_metric_alert_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_metric_alert(double precision, integer, integer, double precision) IS
    'whether a value is a spike or a drop against the median and the median absolute deviation of the values before it, with a season of those one, two and more seasons before';
