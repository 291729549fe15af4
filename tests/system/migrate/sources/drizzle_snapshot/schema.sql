CREATE SCHEMA "other";
CREATE TYPE "public"."mood" AS ENUM('good', 'it''s bad');
CREATE SEQUENCE "public"."serial_no" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 100 CACHE 1;
CREATE TABLE "lines" (
	"id" serial PRIMARY KEY NOT NULL,
	"shop" integer,
	"no" integer
);
CREATE TABLE "Orders" (
	"shop" integer,
	"no" integer,
	"user_id" uuid,
	"total" numeric(12, 2) DEFAULT '0',
	"paid" boolean DEFAULT false,
	"big" bigint DEFAULT 5,
	"s" serial NOT NULL,
	CONSTRAINT "Orders_shop_no_pk" PRIMARY KEY("shop","no"),
	CONSTRAINT "orders_un" UNIQUE NULLS NOT DISTINCT("user_id","no")
);
CREATE TABLE "other"."things" (
	"id" integer PRIMARY KEY NOT NULL
);
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" varchar(200) NOT NULL,
	"name" text DEFAULT 'O''Neil' NOT NULL,
	"mood" "mood" DEFAULT 'good' NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"meta" jsonb DEFAULT '{"a":1}'::jsonb,
	"n" integer GENERATED ALWAYS AS IDENTITY (sequence name "users_n_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 10 CACHE 1),
	"lower" text GENERATED ALWAYS AS (lower(email)) STORED,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "name_check" CHECK ("users"."name" <> '')
);
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "lines" ADD CONSTRAINT "lines_fk" FOREIGN KEY ("shop","no") REFERENCES "public"."Orders"("shop","no") ON DELETE no action ON UPDATE cascade;
ALTER TABLE "Orders" ADD CONSTRAINT "Orders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
CREATE UNIQUE INDEX "orders_ux" ON "Orders" USING btree ("total");
CREATE VIEW "public"."rich" AS (select "id", "email", "name", "mood", "tags", "meta", "n", "lower", "created_at" from "users" where "users"."name" = 'x');
CREATE MATERIALIZED VIEW "public"."mrich" AS (select "id" from "users");
CREATE POLICY "own" ON "users" AS PERMISSIVE FOR SELECT TO public USING (true);
