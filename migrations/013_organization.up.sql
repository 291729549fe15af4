-- Organizations: roles, invitations, farewell.
SELECT 1;
