-- What the demo shows after the tour: its tables customers and models are there.
\pset footer off
\pset null ''

\echo
\echo 'The fitted parameters beside the published ones (BG/NBD: Fader, Hardie and Lee 2005;'
\echo 'Gamma-Gamma: Fader and Hardie 2013), with their standard errors'
\echo
SELECT model, parameter,
       round(estimate::numeric, 5)  AS fitted,
       round(published::numeric, 5) AS published,
       round(fitted.std_error::numeric, 5)    AS std_error,
       round(paper.std_error::numeric, 5)     AS published_std_error
FROM (VALUES (1, 'BG/NBD',      'r',      0.2425945, 0.0125574),
             (2, 'BG/NBD',      'alpha',  4.4136020, 0.3782243),
             (3, 'BG/NBD',      'a',      0.7929220, 0.1857332),
             (4, 'BG/NBD',      'b',      2.4259068, 0.7054115),
             (5, 'Gamma-Gamma', 'p',      6.249572,  NULL),
             (6, 'Gamma-Gamma', 'q',      3.744225,  NULL),
             (7, 'Gamma-Gamma', 'v',      15.443521, NULL))
     AS paper (line, model, parameter, published, std_error)
JOIN (SELECT 'BG/NBD' AS model, p.* FROM models, clv_parameters(purchases) AS p
      UNION ALL
      SELECT 'Gamma-Gamma', p.* FROM models, clv_parameters(spend) AS p) AS fitted
     USING (model, parameter)
ORDER BY line;

\echo
\echo 'The segments by recency and frequency: how many customers, their share of the revenue so'
\echo 'far, and the mean value of a customer over the next year'
\echo
WITH scored AS (
    SELECT (s).revenue,
           rfm_score(s) OVER () AS rfm,
           clv_value(purchases, spend, s, horizon => '1 year',
                     discount_rate => 0.10, margin => 0.30) AS value
    FROM customers, models
)
SELECT rfm_segment(rfm) AS segment,
       count(*)         AS customers,
       round((100 * sum(revenue) / sum(sum(revenue)) OVER ())::numeric, 1) AS revenue_percent,
       round(avg(value)::numeric, 2)                                       AS mean_value
FROM scored
GROUP BY segment
ORDER BY mean_value DESC NULLS LAST;
