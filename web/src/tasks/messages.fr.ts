import type en from './messages.en';

const fr: typeof en = {
	title: 'Tâches',
	open: 'À faire',
	everybody: 'De tout le monde',
	add: 'Nouvelle tâche',
	more: 'Voir plus',
	edit: 'Modifier : %{text}',
	snooze: 'Rappeler plus tard : %{text}',
	snoozed: 'Un rappel viendra le %{when}',
	reminder: 'Rappel',
	is_done: 'Faite : %{text}',
	next_made: 'Faite ; la prochaine est créée',
	once: 'Une fois',
	remind_help: 'Un e-mail part alors, sauf si elle est faite',
	parts: { overdue: 'En retard', today: 'Aujourd’hui', week: 'Cette semaine', later: 'Plus tard', done: 'Faites' },
	none: {
		overdue: '',
		today: 'Rien pour aujourd’hui.',
		week: 'Plus rien cette semaine.',
		later: 'Rien plus tard.',
		done: 'Rien n’a encore été fait.',
	},
	delays: {
		hour: 'Dans une heure',
		evening: 'Ce soir',
		tomorrow: 'Demain matin',
		monday: 'Lundi',
		week: 'Dans une semaine',
	},
	rules: {
		FREQ_DAILY: 'Tous les jours',
		FREQ_WEEKLY_BYDAY_MO_TU_WE_TH_FR: 'Les jours ouvrés',
		FREQ_WEEKLY: 'Toutes les semaines',
		FREQ_WEEKLY_INTERVAL_2: 'Toutes les deux semaines',
		FREQ_MONTHLY: 'Tous les mois',
		FREQ_YEARLY: 'Tous les ans',
	},
	resources: {
		tasks: {
			name: 'Tâche |||| Tâches',
			fields: {
				contact_id: 'Contact',
				type: 'Type',
				text: 'Ce qui est à faire',
				due_date: 'Échéance',
				done_date: 'Faite',
				sales_id: 'Responsable',
				remind_at: 'Rappel',
				rrule: 'Revient',
				time_zone: 'Fuseau horaire',
			},
		},
	},
};
export default fr;
