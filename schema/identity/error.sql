-- Errors that the API answers.

-- Raises an error of the wire; the C side knows its status and text.
CREATE OR REPLACE FUNCTION identity.refuse(code text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', code USING ERRCODE = 'ZH000';
END $$;
