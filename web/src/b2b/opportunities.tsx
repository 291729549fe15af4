// Opportunities: deals with a pipeline, a probability, an outcome and a currency.
import Icon from '@mui/icons-material/QueryStatsOutlined';
import { TextInput } from 'react-admin';
import { useRecordContext, useTranslate } from 'ra-core';
import { labelOf, useConfiguration, type Configuration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import type { Resource, Shown } from '../records/resource';
import { usePipelines } from '../records/pipelines';

const name = 'opportunities';

const outcomes = ['open', 'won', 'lost'];

/** The text of a key of these pages. */
export const key = (text: string) => `resources.${name}.fields.${text}`;

function InPipeline({ value }: Shown) {
	return usePipelines().data?.find(({ id }) => id === value)?.name;
}

function Probability({ row, value }: Shown) {
	const translate = useTranslate();
	const { percent } = useFormats();
	return row.probability_is_manual ? translate(key('manual'), { n: percent(value) }) : percent(value);
}

const Money = ({ row, value }: Shown) => useFormats().money(value, row.currency);

/** The name of a reason: of what was lost it may be a choice of the configuration. */
export const reasonOf = ({ lostReasons }: Configuration, outcome: string, reason: string | null) =>
	outcome === 'lost' ? labelOf(lostReasons, reason) : (reason ?? '');

const Reason = ({ row, value }: Shown) => reasonOf(useConfiguration(), row.outcome, value);

function ReasonInput({ field: _, ...props }: { source: string; field?: unknown }) {
	const { lostReasons } = useConfiguration();
	const choices = useRecordContext()?.outcome === 'lost' ? lostReasons : [];
	return (
		<>
			<TextInput
				{...props}
				format={(value) => labelOf(choices, value)}
				parse={(text) => choices.find(({ label }) => label === text)?.value ?? (text || null)}
				slotProps={{ htmlInput: { list: 'reasons' } }}
			/>
			<datalist id="reasons">
				{choices.map(({ value, label }) => (
					<option key={value} value={label} />
				))}
			</datalist>
		</>
	);
}

const isOpen = ({ outcome }: any) => outcome === 'open';
const isClosed = (row: any) => !isOpen(row);

export const opportunities: Resource = {
	name,
	icon: Icon,
	title: (row) => row.name,
	fields: {
		outcome: {
			kind: 'choice',
			choices: (_, say) => outcomes.map((value) => ({ value, label: say(key(value)) })),
		},
		pipeline_id: { Cell: InPipeline },
		probability: { input: { min: 0, max: 100, step: 1 }, of: isOpen, Cell: Probability },
		weighted_amount: { of: isOpen, Cell: Money },
		currency: {
			required: true,
			input: { parse: (text: string) => text.toUpperCase(), slotProps: { htmlInput: { maxLength: 3 } } },
		},
		is_committed: { of: isOpen },
		closed_at: { of: isClosed },
		outcome_reason: { of: isClosed, Cell: Reason, Input: ReasonInput },
	},
	verbs: ['update'],
	exact: true,
	form: [],
	page: {
		facts: [
			'outcome',
			'pipeline_id',
			'probability',
			'weighted_amount',
			'currency',
			'is_committed',
			'closed_at',
			'outcome_reason',
		],
		tabs: {},
	},
	words: {
		en: {
			name: 'Opportunity |||| Opportunities',
			empty: '',
			action: { create: '' },
			fields: {
				open: 'Open',
				won: 'Won',
				lost: 'Lost',
				manual: '%{n}, set by hand',
				stages: 'Use the stage’s %{n}',
				weighted: 'Weighted: %{amount}',
				move: 'Move to pipeline…',
				move_title: 'Move “%{name}” to another pipeline',
				move_help: 'It moves to the stage that is most like the present one.',
				move_action: 'Move',
				moved: '“%{name}” moved to %{pipeline}',
				forecast: 'Forecast',
				period: 'Period',
				period_3: '3 months',
				period_6: '6 months',
				period_12: '12 months',
				period_year: 'This year',
				period_last_year: 'Last year',
				expected: 'Expected and won',
				expected_help:
					'%{from} – %{to}. Open deals count in the month of their close date, won ones in the month in which they were won.',
				not_expected: 'No deals in this period',
				chart: 'Amounts in %{currency} by month. The table has the same numbers.',
				month: 'Month',
				total: 'Total',
				open_count: 'Open deals',
				amount: 'Open',
				committed_amount: 'Committed',
				won_count: 'Won deals',
				lost_count: 'Lost deals',
				won_amount: 'Won',
				closed: 'Won and lost',
				closed_help: '%{from} – %{to}, by the day on which deals were won or lost.',
				none_closed: 'No deals were won or lost in this period',
				count: 'Deals',
				sum: 'Amount',
				days: 'Days on average',
				win_rate: 'Win rate',
				won_days: 'Days to win',
				lost_days: 'Days to lose',
				csv: 'Download CSV',
				mail: 'Weekly mail',
				mail_off: 'The forecast and what was won and lost, every Monday morning.',
				mail_on: 'The next one comes on %{at}.',
				mail_unverified: 'Verify your email address first, to get the forecast every Monday morning.',
				mailed: 'The weekly mail is on',
				not_mailed: 'The weekly mail is off',
			},
			notifications: { created: '', updated: 'Opportunity updated', deleted: '' },
		},
		fr: {
			name: 'Opportunité |||| Opportunités',
			empty: '',
			action: { create: '' },
			fields: {
				open: 'En cours',
				won: 'Gagnée',
				lost: 'Perdue',
				manual: '%{n}, fixée à la main',
				stages: 'Reprendre celle de l’étape, %{n}',
				weighted: 'Pondéré : %{amount}',
				move: 'Déplacer vers un pipeline…',
				move_title: 'Déplacer « %{name} » vers un autre pipeline',
				move_help: 'Elle est placée dans l’étape la plus proche de l’étape actuelle.',
				move_action: 'Déplacer',
				moved: '« %{name} » déplacée vers %{pipeline}',
				forecast: 'Prévisions',
				period: 'Période',
				period_3: '3 mois',
				period_6: '6 mois',
				period_12: '12 mois',
				period_year: 'Cette année',
				period_last_year: 'L’année dernière',
				expected: 'Attendu et gagné',
				expected_help:
					'%{from} – %{to}. Les affaires en cours comptent dans le mois de leur date de clôture, les affaires gagnées dans celui où elles l’ont été.',
				not_expected: 'Aucune affaire dans cette période',
				chart: 'Montants en %{currency} par mois. Le tableau contient les mêmes chiffres.',
				month: 'Mois',
				total: 'Total',
				open_count: 'Affaires en cours',
				amount: 'En cours',
				committed_amount: 'Engagé',
				won_count: 'Affaires gagnées',
				lost_count: 'Affaires perdues',
				won_amount: 'Gagné',
				closed: 'Gagnées et perdues',
				closed_help: '%{from} – %{to}, selon le jour où les affaires ont été gagnées ou perdues.',
				none_closed: 'Aucune affaire gagnée ou perdue dans cette période',
				count: 'Affaires',
				sum: 'Montant',
				days: 'Jours en moyenne',
				win_rate: 'Taux de réussite',
				won_days: 'Jours pour gagner',
				lost_days: 'Jours avant perte',
				csv: 'Télécharger en CSV',
				mail: 'Message hebdomadaire',
				mail_off: 'Les prévisions et ce qui a été gagné et perdu, chaque lundi matin.',
				mail_on: 'Le prochain arrive le %{at}.',
				mail_unverified:
					'Vérifiez d’abord votre adresse e-mail, pour recevoir les prévisions chaque lundi matin.',
				mailed: 'Le message hebdomadaire est activé',
				not_mailed: 'Le message hebdomadaire est désactivé',
			},
			notifications: { created: '', updated: 'Opportunité modifiée', deleted: '' },
		},
	},
};
