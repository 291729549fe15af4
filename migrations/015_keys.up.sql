-- API keys, and keys that sign tokens for others.
SELECT 1;
