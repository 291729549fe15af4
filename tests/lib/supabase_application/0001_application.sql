-- A part of what the application of supabase_project.sql declares, because its migrations have drifted from the
-- database.
CREATE TABLE public.users (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	auth_user_id text,
	user_id uuid,
	email text NOT NULL,
	email_verified boolean NOT NULL DEFAULT false,
	status varchar(20) NOT NULL DEFAULT 'Pending',
	referral_code text,
	nickname text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view own row" ON public.users FOR SELECT TO authenticated USING (auth.uid()::text = auth_user_id);
CREATE POLICY "Users can update own row" ON public.users FOR UPDATE TO authenticated USING (auth.uid()::text = auth_user_id);
--> statement-breakpoint
CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := now(); -- a semicolon; in a comment, and a quote: '
	RETURN NEW;
END $$;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TABLE public.queue (id uuid PRIMARY KEY, note text DEFAULT 'it''s; quoted');
CREATE POLICY readers ON public.queue FOR SELECT TO a_role_of_no_server USING (true);
