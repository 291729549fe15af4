import type en from './messages.en';

const fr: typeof en = {
	title: 'Données',
	lead: 'Toutes les tables de cette organisation avec toutes leurs colonnes, à regarder seulement.',
	table: 'Table',
	unknown: 'Cette table n’existe pas.',
	column: 'Colonne',
	condition: 'Condition',
	value: 'Valeur',
	filter: 'Filtrer',
	operators: {
		ilike: 'contient', eq: 'est', neq: 'n’est pas', gte: 'est au moins', lte: 'est au plus', cs: 'comprend',
		null: 'est vide', not_null: 'n’est pas vide',
	},
	rows: '%{count} ligne |||| %{count} lignes',
	more: 'Plus de %{count} lignes',
	before: 'Précédent',
	after: 'Suivant',
};

export default fr;
