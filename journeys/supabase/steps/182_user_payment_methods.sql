-- Imports payment methods; if several have the same token, only the first
--
-- A method without a provider's token has the provider "imported". It is shown, but cannot be charged. The first
-- default method of a kind is the default, or otherwise the first method. If it is rejected, step 187 chooses another
-- method.
-- source: public.users public.user_payment_methods
-- carried: is_default
-- secret: token

-- read
WITH methods AS (SELECT m.*, CASE WHEN lower(m.kind) IN ('card', 'credit_card', 'debit_card', 'credit', 'debit') THEN 'card'
			WHEN lower(m.kind) IN ('bank', 'bank_account', 'us_bank_account', 'ach', 'sepa', 'sepa_debit', 'iban') THEN 'bank' ELSE 'other' END AS here,
		btrim(m.token) ~ '^[A-Za-z][A-Za-z0-9_-]{3,254}$' IS TRUE AS has_token
	  FROM public.user_payment_methods m)
SELECT m.id, m.user_id, m.here AS kind, CASE WHEN m.has_token THEN coalesce(nullif(regexp_replace(lower(btrim(m.provider)), '[^a-z0-9]+', '_', 'g'), ''),
		'unknown') ELSE 'imported' END AS provider,
	CASE WHEN m.has_token THEN btrim(m.token) ELSE 'imported_' || translate(md5(m.id::text), '0123456789', 'ghijklmnop') END AS token,
	CASE WHEN btrim(m.customer) ~ '^[A-Za-z][A-Za-z0-9_-]{3,254}$' THEN btrim(m.customer) END AS customer,
	left(btrim(m.brand), 40) AS brand, nullif(btrim(m.last4), '') AS last4,
	coalesce(CASE WHEN isfinite(m.expires_on) THEN m.expires_on END, CASE WHEN m.expires_month BETWEEN 1 AND 12 AND m.expires_year BETWEEN 0 AND 2199
		THEN (make_date(m.expires_year + CASE WHEN m.expires_year < 100 THEN 2000 ELSE 0 END, m.expires_month, 1) + interval '1 month - 1 day')::date END) AS expires_on,
	coalesce(m.created_at, 'epoch') AS created_at, coalesce(m.created_at, 'epoch') AS updated_at,
	1 = row_number() OVER (PARTITION BY m.user_id, m.here ORDER BY NOT m.is_default, m.id) AS is_default
  FROM methods m
 WHERE NOT EXISTS (SELECT FROM methods o WHERE m.has_token AND o.user_id = m.user_id AND btrim(o.token) = btrim(m.token) AND o.id < m.id)

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL
SELECT b.id::text, format('"%s" is not the last four digits of a number', left(b.last4, 30)) FROM batch b WHERE b.last4 !~ '^[0-9]{4}$'

-- forward
SELECT membership.keep_defaults('user_payment_methods');
SELECT membership.import_rows('user_payment_methods')

-- known
SELECT membership.known_rows('user_payment_methods')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).kind, (w.t).provider, (w.t).token, (w.t).customer, (w.t).brand,
	(w.t).last4, (w.t).expires_on, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_payment_methods) w

-- reverse
SELECT membership.remove_rows('user_payment_methods')

-- return
SELECT * FROM membership.rows_since('user_payment_methods')
