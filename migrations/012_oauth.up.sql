-- Accounts at other providers.
SELECT 1;
