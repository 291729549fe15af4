-- What operators of the installation do.
SELECT 1;
