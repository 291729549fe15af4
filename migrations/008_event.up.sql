-- What happened to whom: the log of identity.
SELECT 1;
