-- Tables that the application declares and the database does not have
--
-- Migrations of the application that have not run.
-- kind: note
-- inspect: yes

SELECT 'public.' || t.name, 'declared by the application, not there'
  FROM unnest('{user_settings,user_security_settings,user_notification_preferences,user_payment_settings,user_privacy_settings,user_appearance_settings}'::text[]) t (name)
 WHERE to_regclass('public.' || t.name) IS NULL
