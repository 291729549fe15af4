-- Mail to be sent: written in the transaction of its cause, delivered by
-- tenantry-jobs.
CREATE TABLE ops.mail (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	created_at timestamptz NOT NULL DEFAULT now(),
	template   text NOT NULL,
	recipient  text NOT NULL CONSTRAINT mail_recipient_check
		CHECK (recipient ~ '^[^[:cntrl:][:space:]@]+@[^[:cntrl:][:space:]@]+$'
			AND char_length(recipient) <= 320),
	language   text NOT NULL CONSTRAINT mail_language_check CHECK (language IN ('en', 'fr')),
	-- What the template shows; it may hold a secret, so it goes with delivery.
	data       jsonb
);

CREATE FUNCTION ops.send_mail(template text, recipient text, language text, data jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ops.mail (template, recipient, language, data)
	VALUES (template, recipient, language, data);
END $$;
