// Verifies the hash chain of the log, part by part.
import { useEffect, useRef, useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { Secret } from '../ui/Secret';

interface Fault {
	what: string;
	seal?: number;
	row?: number;
	rows?: number;
}

interface Part {
	seals: number;
	rows: number;
	detached: number;
	faults: Fault[];
	next: number | null;
	unsealed: number | null;
	head: string | null;
}

const FAULTS_SHOWN = 20;

/** Adds the result of the next part. */
const together = (found: Part | undefined, part: Part): Part => ({
	...part,
	seals: (found?.seals ?? 0) + part.seals,
	rows: (found?.rows ?? 0) + part.rows,
	detached: (found?.detached ?? 0) + part.detached,
	faults: [...(found?.faults ?? []), ...part.faults],
});

function Found({ found: { rows, detached, seals, faults, unsealed, head } }: { found: Part }) {
	const translate = useTranslate();
	const { count } = useFormats();
	const numbers = { smart_count: rows, rows: count(rows) };
	return (
		<Stack spacing={2} aria-live="polite">
			{faults.length === 0 ? (
				<Alert severity="success">{translate(seals ? 'audit.whole' : 'audit.unsealed', numbers)}</Alert>
			) : (
				<Alert severity="error">
					{translate('audit.broken', numbers)}
					<ul>
						{faults.slice(0, FAULTS_SHOWN).map(({ what, seal, row, rows: n }) => (
							<li key={`${what} ${seal} ${row}`}>
								{translate(`audit.faults.${what.replace(' ', '_')}`, { seal, row, n })}
							</li>
						))}
					</ul>
				</Alert>
			)}
			{Boolean(detached) && (
				<Typography variant="body2" color="textSecondary">
					{translate('audit.detached', { smart_count: detached, rows: count(detached) })}
				</Typography>
			)}
			{Boolean(unsealed) && (
				<Typography variant="body2" color="textSecondary">
					{translate('audit.young', { smart_count: unsealed! })}
				</Typography>
			)}
			{head && faults.length === 0 && (
				<div>
					<Typography variant="body2" color="textSecondary" gutterBottom>
						{translate('audit.head_help')}
					</Typography>
					<Secret text={head} label={translate('audit.head')} />
				</div>
			)}
		</Stack>
	);
}

export function Proof() {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const [busy, act] = useAct();
	const [found, setFound] = useState<Part>();
	const left = useRef(false); // stops the requests for a long log when the user leaves the page
	useEffect(
		() => () => {
			left.current = true;
		},
		[],
	);
	const verify = async () => {
		let all: Part | undefined;
		setFound(undefined);
		do {
			all = together(all, await ask<Part>('/api/audit_log/verify', { after: all?.next ?? 0 }));
		} while (all.next !== null && !left.current);
		setFound(all);
	};
	return (
		<Panel
			title={translate('audit.proof')}
			lead={translate('audit.proof_help')}
			action={
				<Button variant="outlined" disabled={busy} onClick={() => act(verify)}>
					{translate('audit.verify')}
				</Button>
			}
		>
			{busy && <LinearProgress aria-label={translate('audit.proof')} />}
			{found && <Found found={found} />}
		</Panel>
	);
}
