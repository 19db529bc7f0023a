-- Programs from step 19 on work with it.
ALTER TABLE titles ADD COLUMN additive bigint NOT NULL DEFAULT 0;
CREATE OR REPLACE VIEW v1_plan_fact AS
SELECT l.kind AS period, DATE '1970-01-01' + l.first::integer AS first_day, DATE '1970-01-01' + l.last::integer AS last_day,
	n.id AS person_id, n.name AS person, nullif(l.team, '') AS team, l.role AS role, coalesce(r.title, l.role) AS role_title, l.kpi AS kpi,
	coalesce(t.title, l.kpi) AS kpi_title, l.unit AS unit, l.plan AS plan, l.fact AS fact, l.to_date AS plan_to_date,
	l.attainment AS attainment, l.pace AS pace, l.deviation AS deviation, l.forecast AS forecast,
	l.remaining AS remaining, l.per_day AS needed_per_day, nullif(l.light, '') AS light, l.reported AS reported_days,
	l.missing AS missing_days, l.frozen <> 0 AS frozen, coalesce(t.additive, 0) <> 0 AS adds_up
FROM lines l JOIN names n ON n.num = l.person
LEFT JOIN titles r ON r.role = l.role AND r.kpi = ''
LEFT JOIN titles t ON t.role = l.role AND t.kpi = l.kpi;
UPDATE lines_made SET inputs = '';
UPDATE cycle SET up_to_date = '';
