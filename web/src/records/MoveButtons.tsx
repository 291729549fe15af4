// The buttons that change a record's state.
import { useState } from 'react';
import Button from '@mui/material/Button';
import InputAdornment from '@mui/material/InputAdornment';
import { useDataProvider, useRecordContext, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { unit } from './minor';
import { may } from '../data/permissions';
import { useMe } from '../data/session';

/**
 * A state change. The texts are in `moves` and `leads` of the resource, by action: `moves` contains the button's label,
 * and `leads` the dialog's explanation of the effect.
 */
export interface Move {
	action: string;
	/** The statuses in which the change is possible. undefined stands for a record without a status. */
	from: (string | undefined)[];
	/**
	 * The values in the request, which are optional unless they are `needed`. Their labels are in `asks` of the
	 * resource, or are the labels of the fields. Without values, there is no dialog.
	 */
	asks?: {
		name: string;
		type?: 'date';
		needed?: true;
		/** For an amount in the record's currency: the maximum, which is also the default. */
		most?: (row: RaRecord) => number;
	}[];
	danger?: true;
	/** The change is not possible for a record with a value in this field. */
	unless?: string;
	/** The change is not possible for the user whom this field of the record names. */
	notBy?: string;
	/** The required permission (default: "update"). Administrators always have it. */
	may?: string;
	/** Members may make the change to rows about themselves. */
	own?: true;
}

function Dialog({
	resource,
	row,
	move: { action, asks = [], danger },
	run,
	close,
}: {
	resource: string;
	row: RaRecord;
	move: Move;
	run: (answers: object) => Promise<unknown>;
	close: () => void;
}) {
	const translate = useTranslate();
	const text = (key: string, usual = '') => translate(`resources.${resource}.${key}`, { _: usual });
	const title = text(`moves.${action}`);
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
			title={title}
			lead={text(`leads.${action}`)}
			action={title}
			danger={danger}
			close={close}
			submit={async (answers) => {
				await run(said(answers));
				close();
			}}
		>
			{asks.map(({ name, type, needed = false, most }) => (
				<Ask
					key={name}
					name={name}
					label={text(`asks.${name}`, text(`fields.${name}`))}
					required={needed}
					{...(most
						? {
								type: 'number',
								defaultValue: most(row) / minor,
								slotProps: {
									htmlInput: { min: 1 / minor, max: most(row) / minor, step: 1 / minor },
									input: {
										endAdornment: <InputAdornment position="end">{row.currency}</InputAdornment>,
									},
								},
							}
						: type === 'date'
							? { type, slotProps: { inputLabel: { shrink: true } } }
							: { multiline: true, minRows: 2 })}
				/>
			))}
		</FormDialog>
	);
}

function Deed({ resource, row, move, first }: { resource: string; row: RaRecord; move: Move; first: boolean }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const [asked, ask] = useState(false);
	const run = (answers: object) => tell(`/api/${resource}/${row.id}/${move.action}`, answers).then(refresh);
	return (
		<>
			<Button
				variant={first ? 'contained' : 'text'}
				color={move.danger ? 'error' : 'primary'}
				disabled={busy}
				onClick={() => (move.asks ? ask(true) : act(() => run({})))}
			>
				{translate(`resources.${resource}.moves.${move.action}`)}
			</Button>
			{asked && <Dialog resource={resource} row={row} move={move} run={run} close={() => ask(false)} />}
		</>
	);
}

/** The first change that is not dangerous is the primary action of the page. */
export default function MoveButtons({ resource, all }: { resource: string; all: Move[] }) {
	const row = useRecordContext();
	const me = useMe();
	if (!row) return null;
	const allowed = all.filter(
		(move) =>
			may(me, resource, move.may ?? 'update') &&
			(!me.portal || move.own) &&
			move.from.includes(row.status) &&
			!(move.unless && row[move.unless]) &&
			!(move.notBy && row[move.notBy] === me.user_id),
	);
	const first = allowed.find(({ danger }) => !danger);
	return allowed.map((move) => (
		<Deed key={move.action} resource={resource} row={row} move={move} first={move === first} />
	));
}
