import type en from './messages.en';

const fr: typeof en = {
	title: 'Affaires',
	archive: 'Affaires archivées',
	all: 'Toutes',
	mine: 'Mes affaires',
	none_archived: 'Aucune affaire archivée',
	as: 'Afficher par',
	group: { stage: 'Étapes', owner: 'Responsables', month: 'Mois', table: 'Tableau' },
	nobody: 'Sans responsable',
	disabled: '%{name} (désactivé)',
	first_owners: 'Parmi les collègues sans affaires, seuls les %{n} premiers par nom sont affichés.',
	earlier: 'Plus tôt',
	later: 'Plus tard',
	undated: 'Sans date de clôture',
	overdue: '%{date}, en retard',
	owned: 'Responsable : %{name}',
	lost_why:
		'Pourquoi « %{name} » a-t-elle été perdue ? |||| Pourquoi ces %{smart_count} affaires ont-elles été perdues ?',
	lost_reason: 'Motif',
	lost_for: 'Perdue : %{reason}',
	lost_add: 'Indiquer pourquoi elle est perdue',
	put_away: 'Archiver',
	put_away_done: '« %{name} » archivée',
	unarchive: 'Désarchiver',
	unarchived: '« %{name} » désarchivée',
	archived: 'archivée',
	is_archived: 'Archivée le %{date}',
	resources: {
		deals: {
			name: 'Affaire |||| Affaires',
			empty: 'Aucune affaire',
			invite: 'Les affaires sont les ventes en cours. Ajoutez-en une, ou importez un fichier.',
			fields: {
				lost_reason: 'Motif de la perte',
			},
			page: { create: 'Nouvelle affaire' },
			action: { create: 'Nouvelle affaire' },
			notifications: {
				created: 'Affaire créée',
				updated: 'Affaire modifiée',
				deleted: 'Affaire supprimée |||| %{smart_count} affaires supprimées',
			},
			tabs: {
				stream: 'Activité',
				tasks: 'Tâches',
				appointments: 'Rendez-vous',
				files: 'Fichiers',
				stages: 'Étapes',
			},
		},
	},
};
export default fr;
