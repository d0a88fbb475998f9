-- Alert: the window function that says when a metric spikes or drops. Rust: src/pg/alert.rs

CREATE TYPE metric_alert AS (
    expected double precision,
    lower    double precision,
    upper    double precision,
    z        double precision,
    flag     text
);
COMMENT ON TYPE metric_alert IS 'a value of a time series against those before it';
COMMENT ON COLUMN metric_alert.expected IS 'median of the values before';
COMMENT ON COLUMN metric_alert.lower IS 'below it a value is a drop';
COMMENT ON COLUMN metric_alert.upper IS 'above it a value is a spike';
COMMENT ON COLUMN metric_alert.z IS 'deviation from the median in robust standard deviations';
COMMENT ON COLUMN metric_alert.flag IS 'drop, usual or spike';

CREATE FUNCTION metric_alert(value double precision, history integer DEFAULT 28, lag integer DEFAULT 1, threshold double precision DEFAULT 3.5) RETURNS metric_alert
    AS 'MODULE_PATHNAME', 'metric_alert_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION metric_alert(double precision, integer, integer, double precision) IS
    'whether a value is a spike or a drop against the median and the median absolute deviation of the values before it';
