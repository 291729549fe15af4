-- What is proved, changed and ended by mail.
SELECT 1;
