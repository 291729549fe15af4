import type en from './messages.en';

const fr: typeof en = {
	title: 'Corbeille',
	empty: 'La corbeille est vide',
	kept: 'Les éléments sont supprimés définitivement après 30 jours par défaut.',
	kind: 'Type',
	restore: 'Restaurer',
	restored: 'Restauré |||| %{smart_count} éléments restaurés',
	purge: 'Supprimer définitivement',
	purge_what: 'Supprimer « %{title} » définitivement ?',
	purge_help: 'Cette action est irréversible.',
	along: 'avec %{smart_count} fiche associée |||| avec %{smart_count} fiches associées',
	resources: { trash: { name: 'Corbeille |||| Corbeille', fields: {} } },
	purge_related:
		'Cette action est irréversible. %{smart_count} fiche associée est également supprimée. |||| Cette action est irréversible. %{smart_count} fiches associées sont également supprimées.',
};
export default fr;
