import type en from './messages.en';

const fr: typeof en = {
	title: 'Données',
	lead: 'Toutes les tables et colonnes de cette organisation. Lecture seule.',
	table: 'Table',
	unknown: 'Table introuvable',
	column: 'Colonne',
	condition: 'Condition',
	value: 'Valeur',
	filter: 'Filtrer',
	operators: {
		ilike: 'contient',
		eq: 'est',
		neq: 'n’est pas',
		gte: 'est au moins',
		lte: 'est au plus',
		cs: 'inclut',
		null: 'est vide',
		not_null: 'n’est pas vide',
	},
	rows: '%{count} enregistrement |||| %{count} enregistrements',
	more: 'Plus de %{count} enregistrements',
	before: 'Précédent',
	after: 'Suivant',
};

export default fr;
