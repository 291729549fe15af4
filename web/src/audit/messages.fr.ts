import type en from './messages.en';

const fr: typeof en = {
	title: 'Journal d’audit',
	changes: 'Modifications',
	changes_help:
		'Toutes les modifications de cette organisation, les plus récentes d’abord. Les entrées ne sont pas modifiables.',
	empty: 'Aucune modification correspondante',
	every: 'Tous',
	what: 'Détails',
	more: 'et %{smart_count} autre modification |||| et %{smart_count} autres modifications',
	gone: 'Un utilisateur du portail ou ancien collègue',
	operator: 'Un exploitant du serveur',
	by: { who: 'Utilisateur', kind: 'Type', action: 'Action', since: 'Du', until: 'Au', request: 'ID de requête' },
	proof: 'Intégrité',
	proof_help:
		'Les nouvelles entrées sont scellées chaque minute par une chaîne de hachage. La vérification recalcule chaque empreinte.',
	verify: 'Vérifier maintenant',
	whole: '%{rows} entrée scellée inchangée. |||| %{rows} entrées scellées inchangées.',
	unsealed: 'Rien n’est encore scellé.',
	broken: 'Le journal a été altéré. %{rows} entrée vérifiée. |||| Le journal a été altéré. %{rows} entrées vérifiées.',
	detached:
		'%{rows} entrée plus ancienne a été déplacée dans un fichier. |||| %{rows} entrées plus anciennes ont été déplacées dans un fichier.',
	young: '%{smart_count} entrée n’est pas encore scellée. |||| %{smart_count} entrées ne sont pas encore scellées.',
	head: 'Tête de la chaîne',
	head_help: 'Conservez cette ligne ailleurs. Elle révèle une chaîne tronquée ou reconstruite.',
	faults: {
		seal_removed: 'Le sceau %{seal} a été supprimé.',
		seal_changed: 'Le sceau %{seal} a été modifié.',
		row_removed: 'L’entrée %{row} a été supprimée.',
		row_changed: 'L’entrée %{row} a été modifiée.',
		rows_added: 'L’entrée %{row} a été ajoutée après coup (%{n} au total).',
	},
};
export default fr;
