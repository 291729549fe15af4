// The buttons for the changes of state of a record.
import { useState } from 'react';
import Button from '@mui/material/Button';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useLocale, useRecordContext, useRefresh, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import type { Locale } from '../i18n/i18n';
import { unit } from './minor';
import { may } from '../data/permissions';
import { useMe } from '../data/session';

export interface Move {
	action: string;
	/** The statuses in which the record can be changed so; undefined: a record without. */
	from: (string | undefined)[];
	words: Record<Locale, string>;
	/** What it does, in the dialog. */
	lead?: Record<Locale, string>;
	/** What the request says, each with its label; optional unless it is `needed`. Without it, there is no dialog. */
	asks?: {
		name: string;
		words: Record<Locale, string>;
		type?: 'date';
		needed?: true;
		choices?: { value: string; words: Record<Locale, string> }[];
		/** An amount in the currency of the record: at most this, which is the default. */
		most?: (row: RaRecord) => number;
	}[];
	danger?: true;
	/** Not for a record that has this field. */
	unless?: string;
	/** The permission, if it is not to update; administrators have it. */
	may?: string;
	/** Members may do it with rows about themselves. */
	own?: true;
}

function Dialog({
	row,
	move: { words, lead, asks = [], danger },
	run,
	close,
}: {
	row: RaRecord;
	move: Move;
	run: (answers: object) => Promise<unknown>;
	close: () => void;
}) {
	const locale = useLocale() as Locale;
	const inMinor = asks.filter(({ most }) => most).map(({ name }) => name);
	const minor = inMinor.length > 0 ? unit(row.currency) : 1;
	const said = (answers: Answers) =>
		Object.fromEntries(
			Object.entries(answers)
				.filter(([, value]) => value !== '')
				.map(([name, value]) => [name, inMinor.includes(name) ? Math.round(Number(value) * minor) : value]),
		);
	return (
		<FormDialog
			title={words[locale]}
			lead={lead?.[locale]}
			action={words[locale]}
			danger={danger}
			close={close}
			submit={async (answers) => {
				await run(said(answers));
				close();
			}}
		>
			{asks.map(({ name, words: label, type, needed = false, choices, most }) =>
				most ? (
					<Ask
						key={name}
						name={name}
						label={label[locale]}
						required={needed}
						type="number"
						defaultValue={most(row) / minor}
						slotProps={{
							htmlInput: { min: 1 / minor, max: most(row) / minor, step: 1 / minor },
							input: { endAdornment: <InputAdornment position="end">{row.currency}</InputAdornment> },
						}}
					/>
				) : (
					<Ask
						key={name}
						name={name}
						label={label[locale]}
						required={needed}
						type={type}
						select={Boolean(choices)}
						defaultValue={choices?.[0]!.value ?? ''}
						{...(type === 'date'
							? { slotProps: { inputLabel: { shrink: true } } }
							: choices
								? {}
								: { multiline: true, minRows: 2 })}
					>
						{choices?.map((choice) => (
							<MenuItem key={choice.value} value={choice.value}>
								{choice.words[locale]}
							</MenuItem>
						))}
					</Ask>
				),
			)}
		</FormDialog>
	);
}

function Deed({ resource, row, move }: { resource: string; row: RaRecord; move: Move }) {
	const { tell } = useDataProvider<Provider>();
	const locale = useLocale() as Locale;
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const [asked, ask] = useState(false);
	const run = (answers: object) => tell(`/api/${resource}/${row.id}/${move.action}`, answers).then(refresh);
	const me = useMe();
	const allowed = may(me, resource, move.may ?? 'update');
	return (
		allowed &&
		(!me.portal || move.own) &&
		move.from.includes(row.status) &&
		!(move.unless && row[move.unless]) && (
			<>
				<Button
					size="small"
					color={move.danger ? 'error' : 'primary'}
					disabled={busy}
					onClick={() => (move.asks ? ask(true) : act(() => run({})))}
				>
					{move.words[locale]}
				</Button>
				{asked && <Dialog row={row} move={move} run={run} close={() => ask(false)} />}
			</>
		)
	);
}

export default function MoveButtons({ resource, all }: { resource: string; all: Move[] }) {
	const row = useRecordContext();
	return row && all.map((move) => <Deed key={move.action} resource={resource} row={row} move={move} />);
}
