CREATE TABLE "visits" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"path" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_name_unique" UNIQUE("name");