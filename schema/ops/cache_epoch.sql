-- The cache epoch: a number that changes when workers and clients must clear their caches.

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.cache_epoch() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT c.epoch FROM ops.cache_epoch c
$$;

-- Begins a new epoch. Workers adopt the new epoch within a second after the commit. A migration that changes cached
-- data calls this function, and "tenantry schema up" calls it whenever it has changed something.
CREATE OR REPLACE FUNCTION ops.new_cache_epoch() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	number bigint;
BEGIN
	UPDATE ops.cache_epoch c SET epoch = c.epoch + 1, began_at = clock_timestamp()
	RETURNING c.epoch INTO number;
	PERFORM pg_notify('tenantry_cache_epoch', '');
	RETURN number;
END $$;
