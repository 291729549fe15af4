// The catalogue of the server: the resources that the user may use, with their fields and actions.
import type { Locale } from '../i18n/i18n';

type Label = Record<Locale, string>;

export interface CatalogueField {
	/** Without one it is not for people. */
	label?: Label;
	/** What a form says about it. */
	help?: string;
	/** The heading above it in forms. */
	section?: string;
	/** Its value in a new record. */
	default?: unknown;
	/** The type of its values in the API. */
	type: string;
	kind: string;
	/** The resource whose records it names. */
	refers?: string;
	limit?: number;
	/** Its only values. */
	choices?: string[];
	/** What automation rules may do with it. */
	rules?: ('compare' | 'set' | 'quote')[];
	required?: true;
	/** When users write it: always, or once, in a new record. */
	write?: 'always' | 'once' | 'before_update';
}

export interface CatalogueResource {
	label?: Label;
	/** Of an object that the organization defines: its picture, the text of its empty list, and its place in the menu. */
	icon?: string;
	help?: string;
	place?: number;
	/** What the user may do with some rows at least. */
	actions: string[];
	/** The user can read only rows about the user. */
	own?: true;
	/** Deleted rows are in the trash. */
	trash?: true;
	/** Webhooks and the feed report its changes. */
	feed?: true;
	/** Where the user may read or write some fields only: these are the only ones here, and the only ones with "write". */
	limited?: ('read' | 'update')[];
	fields: Record<string, CatalogueField>;
}

export type Catalogue = Record<string, CatalogueResource>;
