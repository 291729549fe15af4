\warn 'tenantry schema up runs this step, once' \quit
-- Profiles with the state of the membership and the amounts due: schema/resources/user_profiles.sql makes the view.

-- down
DROP VIEW IF EXISTS membership.user_profiles_summary;
DROP FUNCTION IF EXISTS membership.search_profiles(text);
