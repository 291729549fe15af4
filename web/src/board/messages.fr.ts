import type en from './messages.en';

const fr: typeof en = {
	title: 'Tableau',
	view: 'Afficher par',
	table: 'Liste',
	by: 'Tableau : %{field}',
	calendar: 'Calendrier : %{field}',
	add_on: 'Nouvelle fiche le %{day}',
	no_records: 'Aucune fiche ces jours-là',
	too_many: 'Seules les %{n} premières fiches sont affichées. Filtrez la liste pour voir les autres.',
	none: 'Sans valeur',
	more: 'Voir plus (%{n})',
	expand: 'Déplier %{stage}',
	collapse: 'Replier %{stage}',
	add_to: '%{what} dans « %{stage} »',
	move_to: 'Déplacer vers %{stage}',
	handle: 'Déplacer « %{name} »',
	help: 'Entrée pour un menu des colonnes. Espace pour saisir une carte, les flèches pour la déplacer, Espace pour la déposer, Échap pour annuler.',
	said: {
		taken: '« %{name} » saisie, dans %{stage}, position %{place}',
		over: '%{stage}, position %{place}',
		dropped: '« %{name} » déposée dans %{stage}, position %{place}',
		left: 'Déplacement annulé : « %{name} » est dans %{stage}, position %{place}',
	},
	moved: '« %{name} » déplacée vers %{stage}',
	not_moved: '« %{name} » n’a pas été déplacée : %{reason}',
};

export default fr;
