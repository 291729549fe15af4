-- Errors in responses of the API.

-- Raises an error of the API by its code; the workers add its status and text.
CREATE OR REPLACE FUNCTION identity.refuse(code text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', code USING ERRCODE = 'ZH000';
END $$;
