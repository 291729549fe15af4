-- Errors in responses of the API.

-- Raises an error of the API by its code. The workers add the status and the text.
CREATE OR REPLACE FUNCTION identity.refuse(code text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', code USING ERRCODE = 'ZH000';
END $$;
