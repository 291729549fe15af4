-- Roles of members that become "member"
-- kind: note
-- needs: public.member

SELECT x.role, format('%s members have the role "%s"', count(*), x.role)
  FROM public.member m, LATERAL (SELECT btrim(r) AS role FROM unnest(string_to_array(m.role, ',')) r) x
 WHERE x.role NOT IN ('owner', 'admin', 'member')
 GROUP BY x.role ORDER BY x.role
