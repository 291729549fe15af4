import type en from './messages.en';

const fr: typeof en = {
	title: 'Nouveautés',
	unseen: 'Nouvelles entrées',
	empty: 'Rien de nouveau pour l’instant',
	checklist: 'Vérifiez vos données',
	checklist_help: 'Les données ont été migrées. Confirmez chaque point, ou signalez ce qui ne va pas.',
	fine: 'C’est correct',
	report: 'Signaler un problème',
	detail: 'Qu’est-ce qui ne va pas ?',
	send: 'Envoyer',
	undo: 'Annuler',
	states: { verified: 'Confirmé le %{time}', problem: 'Signalé le %{time}' },
};

export default fr;
