-- The weekly email about opportunities: the forecast, and the opportunities that were closed in the week before.
-- needs: b2b/module.sql b2b/opportunity.sql ops/weekly_mail.sql

INSERT INTO ops.weekly_mail (name, module, resource, template, page, source)
VALUES ('opportunities', 'b2b', 'deals', 'weekly-forecast', '/forecast', 'crm.weekly_opportunities')
ON CONFLICT (name) DO UPDATE SET module = excluded.module, resource = excluded.resource, template = excluded.template,
	page = excluded.page, source = excluded.source;

-- Returns a word of the email in a language. The template cannot translate the values that are inserted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.weekly_word(word text, language text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT (CASE language WHEN 'fr' THEN '{
		"open": "en cours", "weighted": "pondéré", "committed": "engagé", "and": "et", "total": "Total", "no_date": "Sans date de clôture",
		"not_expected": "Aucune affaire en cours n’a de date de clôture dans les mois à venir.",
		"none_closed": "Aucune affaire n’a été close.", "won": "Gagnées", "lost": "Perdues", "to": "au", "colon": "\u00a0: ",
		"price": "prix", "competitor": "concurrent", "budget": "pas de budget", "decision": "pas de décision",
		"timing": "calendrier", "other": "autre", "others": "autres raisons"}'
	ELSE '{
		"open": "open", "weighted": "weighted", "committed": "committed", "and": "and", "total": "Total", "no_date": "No close date",
		"not_expected": "No open deal has a close date in the months ahead.",
		"none_closed": "No deal was closed.", "won": "Won", "lost": "Lost", "to": "to", "colon": ": ",
		"price": "price", "competitor": "competitor", "budget": "no budget", "decision": "no decision",
		"timing": "timing", "other": "other", "others": "other reasons"}' END)::jsonb ->> word
$$;

-- Returns an amount as a text, with the decimals of its currency unless it is whole: $1,200, $12.50 or 1 200 $US.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.money_text(amount numeric, currency text, language text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE language WHEN 'fr' THEN replace(translate(n, '.,', ',.'), '.', U&'\202F') || U&'\00A0' || coalesce(CASE currency
			WHEN 'USD' THEN '$US' WHEN 'GBP' THEN '£GB' END, sign, currency)
		ELSE CASE WHEN amount < 0 THEN '-' ELSE '' END || coalesce(sign, currency || U&'\00A0') || ltrim(n, '-') END
	  FROM (SELECT to_char(amount, 'FM999,999,999,999,999,999,990' || CASE WHEN amount = trunc(amount) THEN ''
			ELSE '.' || repeat('0', greatest(crm.currency_digits(currency), scale(trim_scale(amount)))) END) AS n, CASE currency WHEN 'USD' THEN '$'
		WHEN 'EUR' THEN '€' WHEN 'GBP' THEN '£' WHEN 'JPY' THEN '¥' END AS sign) x
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.date_text(day date, form text, language text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT replace(to_char(day, form), '#', CASE language WHEN 'fr' THEN ('{janvier,février,mars,avril,mai,juin,'
		'juillet,août,septembre,octobre,novembre,décembre}'::text[])[extract(month FROM day)]
		ELSE to_char(day, 'FMMonth') END)
$$;

-- Returns the label of a reason, from the configuration or from the default reasons.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.reason_text(reason text, language text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT l->>'label' FROM crm.configuration c
		CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(c.config->'lostReasons') WHEN 'array'
			THEN c.config->'lostReasons' ELSE '[]' END) l
		WHERE l->>'value' = reason LIMIT 1),
		CASE WHEN reason = ANY ('{price,competitor,budget,decision,timing,other}') THEN crm.weekly_word(reason, language) END,
		left(reason, 200))
$$;

-- Returns the lines about the coming months: one for each month and currency, one for opportunities without a date,
-- and a total for each currency that has several lines.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.weekly_expected(expected jsonb, language text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN grouping(e.month) = 1 THEN crm.weekly_word('total', language)
			ELSE coalesce(crm.date_text(e.month, '"#" YYYY', language), crm.weekly_word('no_date', language)) END
		|| crm.weekly_word('colon', language) || crm.money_text(sum(e.amount), e.currency, language)
		|| format(' (%s %s), %s %s', sum(e.open), crm.weekly_word('open', language),
			crm.money_text(sum(e.weighted_amount), e.currency, language), crm.weekly_word('weighted', language))
		|| CASE WHEN sum(e.committed_amount) <> 0 THEN format(', %s %s', crm.money_text(sum(e.committed_amount), e.currency,
			language), crm.weekly_word('committed', language)) ELSE '' END
	  FROM jsonb_to_recordset(expected) e (month date, currency text, open bigint, amount numeric, weighted_amount numeric,
		committed_amount numeric)
	 WHERE e.open > 0
	 GROUP BY GROUPING SETS ((e.currency, e.month), (e.currency))
	HAVING grouping(e.month) = 0 OR count(DISTINCT coalesce(e.month, 'infinity')) > 1
	 ORDER BY e.currency <> crm.currency(), e.currency, grouping(e.month), e.month NULLS LAST
$$;

-- Returns the lines about closed opportunities: one for each outcome, reason and currency. Reasons are free texts, so
-- only the 20 largest groups have separate lines. The others share one line for each outcome and currency.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.weekly_closed(closed jsonb, language text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	WITH line AS (
		SELECT c.outcome, c.reason, c.currency, sum(c.count) AS count, sum(c.amount) AS amount,
			c.reason IS NOT NULL AND row_number() OVER (ORDER BY c.reason IS NOT NULL, sum(c.count) DESC, c.outcome DESC,
				c.reason, c.currency) > 20 AS is_other
		  FROM jsonb_to_recordset(closed) c (outcome text, reason text, currency text, count bigint, amount numeric)
		 GROUP BY c.outcome, c.reason, c.currency),
	shown AS (
		SELECT l.outcome, CASE WHEN NOT l.is_other THEN l.reason END AS reason, l.currency, l.is_other,
			sum(l.count) AS count, sum(l.amount) AS amount
		  FROM line l GROUP BY 1, 2, 3, 4)
	SELECT crm.weekly_word(c.outcome, language) || crm.weekly_word('colon', language)
		|| format('%s (%s)', c.count, crm.money_text(c.amount, c.currency, language))
		|| coalesce(', ' || CASE WHEN c.is_other THEN crm.weekly_word('others', language) ELSE crm.reason_text(c.reason, language) END, '')
	  FROM shown c
	 ORDER BY c.outcome DESC, c.is_other, c.count DESC, c.reason, c.currency
$$;

-- Returns the values of the email for the caller, from the rows that the caller may read, with the same figures as the
-- API. Returns null if no opportunity is open, and none was closed in the week.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.weekly_opportunities(language text, week date) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	expected jsonb := crm.forecast(NULL, NULL, NULL, NULL);
	closed jsonb := crm.outcomes(week - 7, week - 1, NULL, NULL);
	weighted text;
BEGIN
	IF closed = '[]' AND NOT EXISTS (SELECT FROM crm.opportunities_summary o
	    WHERE o.outcome = 'open' AND o.archived_at IS NULL) THEN
		RETURN NULL;
	END IF;
	SELECT string_agg(crm.money_text(s.sum, s.currency, weekly_opportunities.language), ' + '
		ORDER BY s.currency <> crm.currency(), s.currency) INTO weighted
	  FROM (SELECT e.currency, sum(e.weighted_amount) FROM jsonb_to_recordset(expected)
			e (currency text, open bigint, weighted_amount numeric)
		 WHERE e.open > 0 GROUP BY 1) s;
	RETURN jsonb_build_object(
		'weighted', coalesce(weighted, crm.money_text(0, crm.currency(), weekly_opportunities.language)),
		'won', (SELECT coalesce(sum((c->>'count')::bigint), 0) FROM jsonb_array_elements(closed) c WHERE c->>'outcome' = 'won')::text,
		'lost', (SELECT coalesce(sum((c->>'count')::bigint), 0) FROM jsonb_array_elements(closed) c WHERE c->>'outcome' = 'lost')::text,
		'first', crm.date_text(week - 7, 'FMDD "#" YYYY', weekly_opportunities.language),
		'last', crm.date_text(week - 1, 'FMDD "#" YYYY', weekly_opportunities.language),
		'expected', coalesce((SELECT jsonb_agg(l) FROM crm.weekly_expected(expected, weekly_opportunities.language) l),
			jsonb_build_array(crm.weekly_word('not_expected', weekly_opportunities.language))),
		'closed', coalesce((SELECT jsonb_agg(l) FROM crm.weekly_closed(closed, weekly_opportunities.language) l),
			jsonb_build_array(crm.weekly_word('none_closed', weekly_opportunities.language))));
END $$;
