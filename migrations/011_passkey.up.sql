-- Passkeys.
SELECT 1;
