// The server's catalogue: the resources that the user may use, with their fields and actions.
import type { Locale } from '../i18n/i18n';

type Label = Record<Locale, string>;

export interface CatalogueField {
	/** A resource without a label is not shown to users. */
	label?: Label;
	/** The form's texts and rules for a field. */
	help?: string;
	/** The heading above the field in forms. */
	section?: string;
	/** The value of the field in a new record. */
	default?: unknown;
	/** The type of the values in the API. */
	type: string;
	kind: string;
	/** The resource of the records to which the field refers. */
	refers?: string;
	limit?: number;
	/** The permitted values. */
	choices?: string[];
	/** The currency of amounts, if it is not that of the organization or of the row. */
	currency?: string;
	/** What automation rules can do with the field. */
	rules?: ('compare' | 'set' | 'quote')[];
	required?: true;
	/** When users can write the field: "once" means only in a new record. */
	write?: 'always' | 'once' | 'before_update';
}

export interface CatalogueResource {
	label?: Label;
	/**
	 * For a custom object: its icon, the text of its empty list, and its position in the menu.
	 */
	icon?: string;
	help?: string;
	place?: number;
	/** The actions that the user may perform on at least some rows. */
	actions: string[];
	/** Users can read only the rows about themselves. */
	own?: true;
	/** Deleted rows are in the trash. */
	trash?: true;
	/** Webhooks and the feed report changes to the resource. */
	feed?: true;
	/**
	 * If the user may read or write only some fields, only these fields are listed, and only writable fields have
	 * "write".
	 */
	limited?: ('read' | 'update')[];
	fields: Record<string, CatalogueField>;
}

export type Catalogue = Record<string, CatalogueResource>;
