import { pgTable, pgEnum, pgView, serial, text, integer, bigint, timestamp, numeric, boolean, jsonb, uuid, varchar, primaryKey, unique, check, index, pgPolicy, pgSchema, pgSequence, foreignKey, uniqueIndex, pgMaterializedView } from 'drizzle-orm/pg-core';
import { sql, eq } from 'drizzle-orm';
export const mood = pgEnum('mood', ['good', "it's bad"]);
export const serialNo = pgSequence('serial_no', { startWith: 100 });
export const users = pgTable('users', {
  id: uuid().primaryKey().defaultRandom(),
  email: varchar({ length: 200 }).notNull().unique(),
  name: text().notNull().default("O'Neil"),
  mood: mood().default('good').notNull(),
  tags: text().array().notNull().default([]),
  meta: jsonb().default({ a: 1 }),
  n: integer().generatedAlwaysAsIdentity({ startWith: 10 }),
  lower: text().generatedAlwaysAs(sql`lower(email)`),
  createdAt: timestamp('created_at', { withTimezone: true }).defaultNow().notNull(),
}, (t) => [check('name_check', sql`${t.name} <> ''`), pgPolicy('own', { as: 'permissive', for: 'select', to: 'public', using: sql`true` })]);
export const orders = pgTable('Orders', {
  shop: integer(), no: integer(), userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }),
  total: numeric({ precision: 12, scale: 2 }).default('0'), paid: boolean().default(false), big: bigint({ mode: 'bigint' }).default(sql`5`), s: serial(),
}, (t) => [primaryKey({ columns: [t.shop, t.no] }), unique('orders_un').on(t.userId, t.no).nullsNotDistinct(), uniqueIndex('orders_ux').on(t.total)]);
export const lines = pgTable('lines', { id: serial().primaryKey(), shop: integer(), no: integer() }, (t) => [foreignKey({ columns: [t.shop, t.no], foreignColumns: [orders.shop, orders.no], name: 'lines_fk' }).onUpdate('cascade')]);
export const v = pgView('rich').as((qb) => qb.select().from(users).where(eq(users.name, 'x')));
export const mv = pgMaterializedView('mrich').as((qb) => qb.select({ id: users.id }).from(users));
export const other = pgSchema('other');
export const ot = other.table('things', { id: integer().primaryKey() });
