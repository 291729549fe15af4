import { french } from '../i18n/resource';
import type en from './messages.en';

const words = french({});

const fr: typeof en = {
	more: 'Plus',
	add: 'Nouveau champ',
	key_help:
		'Le nom dans l’API, les imports et les exports, tiré du nom ci-dessus s’il est vide. Il ne change plus ensuite.',
	choices_help: 'Tapez un choix, puis appuyez sur Entrée.',
	formula_help:
		'Calcule la valeur à partir d’autres champs, par leurs clés : amount - coalesce(cost, 0). Seulement à la création du champ.',
	condition_help: "Seulement les fiches liées pour lesquelles elle est vraie, par exemple stage = 'won'.",
	currency_help: 'Par défaut, la devise de l’organisation.',
	help_help: 'Affiché sous le champ.',
	section_help: 'Le titre au-dessus du champ dans les formulaires.',
	change_kind: 'Changer le genre',
	change_what: 'Changer le genre de %{name}',
	change_help: 'Les valeurs sont converties dans le nouveau genre. Vous pouvez annuler pendant 30 jours.',
	preview: 'Aperçu',
	change: 'Changer',
	choices_lines: 'Un choix par ligne.',
	lost: '%{n} valeurs sur %{values} ne peuvent pas être converties et seront retirées.',
	none_lost: 'Toutes les valeurs (%{values}) peuvent être converties.',
	more_rows: 'Il y a plus de 50 000 fiches : d’autres valeurs pourraient ne pas être convertibles.',
	undo: 'Annuler : %{kind}',
	arrange: 'Ordre des champs',
	no_section: 'Sans section',
	new_section: 'Nouvelle section',
	section_before: 'Avancer la section',
	section_after: 'Reculer la section',
	errors: {
		division_by_zero: 'Division par zéro',
		not_a_number: 'Pas un nombre',
		missing_field: 'Un champ manque',
		not_of_date_format: 'Pas une date',
	},
	on_delete_help: 'Sans règle, le lien reste, et fonctionne à nouveau si la fiche est restaurée.',
	rules: {
		clear: 'Retirer le lien',
		refuse: 'Refuser de supprimer cette fiche',
		delete: 'Supprimer aussi cette fiche-ci',
	},
	functions: {
		count: 'Nombre',
		sum: 'Somme',
		min: 'Minimum',
		max: 'Maximum',
		avg: 'Moyenne',
	},
	kinds: {
		text: 'Texte',
		longtext: 'Texte long',
		integer: 'Nombre entier',
		number: 'Nombre décimal',
		money: 'Montant',
		date: 'Date',
		time: 'Date et heure',
		boolean: 'Oui ou non',
		choice: 'Choix',
		choices: 'Plusieurs choix',
		url: 'Lien',
		email: 'Adresse e-mail',
		phone: 'Numéro de téléphone',
		address: 'Adresse',
		file: 'Fichier',
		person: 'Collègue',
		relation: 'Lien vers une fiche',
		relations: 'Liens vers des fiches',
		rollup: 'Cumul de fiches liées',
	},
	resources: {
		field_definitions: words({
			one: 'Champ',
			many: 'Champs',
			empty: 'Aucun champ',
			invite: 'Ajoutez les champs dont votre équipe a besoin aux contacts, sociétés, affaires, tâches et produits.',
			create: 'Nouveau champ',
			fields: { name: 'Champ', resource: 'Fiches', key: 'Clé' },
		}),
	},
};

export default fr;
