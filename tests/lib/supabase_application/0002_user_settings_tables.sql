-- A migration that the project has not run.
CREATE TABLE public.user_settings (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, settings jsonb NOT NULL);
CREATE TABLE public.user_security_settings (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users);
CREATE TABLE public.user_notification_preferences (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users);
CREATE TABLE public.user_payment_settings (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users);
CREATE TABLE public.user_privacy_settings (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users);
CREATE TABLE public.user_appearance_settings (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users);
ALTER TABLE public.nowhere ADD COLUMN anything text;
