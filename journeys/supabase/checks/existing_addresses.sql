-- Users of the source whose address belongs to an existing user
--
-- With "skip", they are rejected, with everything that refers to them. With "link", they are the existing user if both
-- systems have verified the address. This user keeps the name and the password, joins the organization, and gets the
-- accounts at other providers.
-- kind: decision
-- on: target
-- choices: skip link
-- default: skip

SELECT 'users', format('this installation has %s users already', count(*))
  FROM identity."user" u
HAVING count(*) > 0
