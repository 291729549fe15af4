import { bigserial, date, integer, jsonb, numeric, pgEnum, pgTable, primaryKey, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from './auth-schema';

export const orderState = pgEnum('order_state', ['cart', 'paid', 'sent']);
export const products = pgTable('products', {
	id: serial().primaryKey(),
	name: text().notNull().unique(),
	price: numeric({ precision: 12, scale: 2 }).notNull(),
	tags: text().array().notNull().default([]),
});
export const orders = pgTable('orders', {
	id: uuid().primaryKey().defaultRandom(),
	buyerId: text('buyer_id').references(() => users.id),
	state: orderState().notNull().default('cart'),
	address: jsonb(),
	due: date(),
	createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
export const orderLines = pgTable('order_lines', {
	orderId: uuid('order_id').notNull().references(() => orders.id, { onDelete: 'cascade' }),
	productId: integer('product_id').notNull().references(() => products.id),
	pieces: integer().notNull(),
}, (t) => [primaryKey({ columns: [t.orderId, t.productId] })]);
export const visits = pgTable('visits', {
	id: bigserial({ mode: 'bigint' }).primaryKey(),
	path: text().notNull(),
	at: timestamp({ withTimezone: true, precision: 3 }).notNull(),
});
