import type en from './messages.en';

const fr: typeof en = {
	title: 'Tâches',
	open: 'À faire',
	everybody: 'Tâches de tous',
	tick: 'Marquer la tâche comme faite',
	more: 'Voir plus',
	edit: 'Modifier : %{text}',
	snooze: 'Reporter : %{text}',
	snoozed: 'Rappel prévu le %{when}',
	reminder: 'Rappel',
	is_done: 'Terminée : %{text}',
	next_made: 'Terminée. La prochaine est planifiée',
	once: 'Ne se répète pas',
	remind_help: 'Vous recevrez un e-mail si elle n’est pas terminée',
	parts: { overdue: 'En retard', today: 'Aujourd’hui', week: 'Cette semaine', later: 'Plus tard', done: 'Terminées' },
	none: {
		overdue: '',
		today: 'Rien pour aujourd’hui',
		week: 'Rien d’autre cette semaine',
		later: 'Rien de prévu plus tard',
		done: 'Aucune tâche terminée',
	},
	delays: {
		hour: 'Dans 1 heure',
		evening: 'Ce soir',
		tomorrow: 'Demain matin',
		monday: 'Lundi',
		week: 'Dans 1 semaine',
	},
	rules: {
		FREQ_DAILY: 'Tous les jours',
		FREQ_WEEKLY_BYDAY_MO_TU_WE_TH_FR: 'Les jours ouvrés',
		FREQ_WEEKLY: 'Toutes les semaines',
		FREQ_WEEKLY_INTERVAL_2: 'Toutes les 2 semaines',
		FREQ_MONTHLY: 'Tous les mois',
		FREQ_YEARLY: 'Tous les ans',
	},
	resources: {
		tasks: {
			name: 'Tâche |||| Tâches',
			empty: 'Aucune tâche ouverte',
			fields: {},
			page: { create: 'Nouvelle tâche' },
			action: { create: 'Nouvelle tâche' },
			notifications: {
				created: 'Tâche créée',
				updated: 'Tâche modifiée',
				deleted: 'Tâche supprimée |||| %{smart_count} tâches supprimées',
			},
		},
	},
};
export default fr;
