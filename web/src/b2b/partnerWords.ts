// The texts of the pages of a partner.
import type { Locale } from '../app/i18n';

export const words = {
	en: {
		opportunities: 'Opportunities', distributor_terms: 'Terms', price_lists: 'Price lists',
		no_opportunities: 'No opportunities yet.', no_distributor_terms: 'No terms yet.', no_price_lists: 'No price lists yet.',
		no_prices: 'No prices yet.',
		principal: 'Principal', distributor: 'Distributor', territory: 'Territory', commission: 'Commission', exclusive: 'Exclusive',
		valid: 'Valid', stage: 'Stage', amount: 'Amount', closes: 'Expected closing date', closed: 'Closed', reason: 'Reason',
		description: 'Description', outcome: 'Outcome', open: 'Open', won: 'Won', lost: 'Lost', quantity: 'From quantity',
	},
	fr: {
		opportunities: 'Opportunités', distributor_terms: 'Conditions', price_lists: 'Tarifs',
		no_opportunities: 'Aucune opportunité.', no_distributor_terms: 'Aucune condition.', no_price_lists: 'Aucun tarif.',
		no_prices: 'Aucun prix.',
		principal: 'Mandant', distributor: 'Distributeur', territory: 'Territoire', commission: 'Commission', exclusive: 'Exclusif',
		valid: 'Validité', stage: 'Étape', amount: 'Montant', closes: 'Date de clôture prévue', closed: 'Clôturée', reason: 'Motif',
		description: 'Description', outcome: 'Issue', open: 'En cours', won: 'Gagnée', lost: 'Perdue', quantity: 'À partir de',
	},
} satisfies Record<Locale, object>;
