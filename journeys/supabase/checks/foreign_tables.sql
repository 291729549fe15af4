-- Tables of other programs, which are not changed
-- kind: note
-- inspect: yes

SELECT format('public.%s', c.relname), 'belongs to Payload: it is neither read nor changed'
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname ~ '^payload_'
 ORDER BY c.relname
