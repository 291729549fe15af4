// The texts of the pages of a partner.
import type { Locale } from '../app/i18n';

export const words = {
	en: {
		opportunities: 'Opportunities', distributor_terms: 'Terms', price_lists: 'Price lists',
		no_opportunities: 'No opportunities yet.', no_distributor_terms: 'No terms yet.', no_price_lists: 'No price lists yet.',
		no_prices: 'No prices yet.', commissions: 'Commissions', no_commissions: 'Nothing was won in this period.', csv: 'Download CSV',
		period: 'Period', month: 'This month', last_month: 'Last month', year: 'This year', last_year: 'Last year', no_terms: 'No terms',
		principal: 'Principal', distributor: 'Distributor', territory: 'Territory', commission: 'Commission', exclusive: 'Exclusive',
		valid: 'Valid', stage: 'Stage', amount: 'Amount', closes: 'Expected closing date', closed: 'Closed', reason: 'Reason',
		description: 'Description', outcome: 'Outcome', open: 'Open', won: 'Won', lost: 'Lost', quantity: 'From quantity',
	},
	fr: {
		opportunities: 'Opportunités', distributor_terms: 'Conditions', price_lists: 'Tarifs',
		no_opportunities: 'Aucune opportunité.', no_distributor_terms: 'Aucune condition.', no_price_lists: 'Aucun tarif.',
		no_prices: 'Aucun prix.', commissions: 'Commissions', no_commissions: 'Rien n’a été gagné pendant cette période.', csv: 'Télécharger en CSV',
		period: 'Période', month: 'Ce mois-ci', last_month: 'Le mois dernier', year: 'Cette année', last_year: 'L’année dernière', no_terms: 'Sans conditions',
		principal: 'Mandant', distributor: 'Distributeur', territory: 'Territoire', commission: 'Commission', exclusive: 'Exclusif',
		valid: 'Validité', stage: 'Étape', amount: 'Montant', closes: 'Date de clôture prévue', closed: 'Clôturée', reason: 'Motif',
		description: 'Description', outcome: 'Issue', open: 'En cours', won: 'Gagnée', lost: 'Perdue', quantity: 'À partir de',
	},
} satisfies Record<Locale, object>;
