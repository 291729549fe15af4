// The input for the events of a webhook: all events, or changes to particular resources.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useResourceName, useResourcesWith } from '../data/resourceName';

const verbs = ['create', 'update', 'delete'] as const;

/** Returns words(EVENTS), which describes patterns such as "contacts.create". */
export function useEventWords() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const kind = (name: string) => (name === '*' ? translate('webhooks.any_record') : resourceName(name));
	return (events: string[]) =>
		events
			.map((one) => {
				const [name = '', verb = '*'] = one.split('.');
				if (one === 'webhook.test') return translate('webhooks.verbs.test');
				if (one === '*' || one === '*.*') return translate('webhooks.all_events');
				return verb === '*'
					? kind(name)
					: `${kind(name)}${colon()}${translate(`webhooks.verbs.${verb}`).toLowerCase()}`;
			})
			.join(', ');
}

/** Splits patterns into a set of events, and patterns that the table cannot show, which are kept unchanged. */
function split(events: string[], resources: string[]) {
	const chosen = new Set<string>(),
		others: string[] = [];
	for (const pattern of events) {
		const [name, verb] = pattern.split('.');
		const all = pattern === '*' ? ['*', '*'] : [name, verb];
		const matched = resources
			.filter((one) => all[0] === '*' || all[0] === one)
			.flatMap((one) =>
				verbs.filter((does) => all[1] === '*' || all[1] === does).map((does) => `${one}.${does}`),
			);
		if (matched.length === 0) others.push(pattern);
		for (const one of matched) chosen.add(one);
	}
	return { chosen, others };
}

const patterns = (chosen: Set<string>, others: string[], resources: string[]) => [
	...resources.flatMap((name) => {
		const of = verbs.filter((verb) => chosen.has(`${name}.${verb}`));
		return of.length === verbs.length ? [`${name}.*`] : of.map((verb) => `${name}.${verb}`);
	}),
	...others,
];

/** The field `events` of a form, whose value is a comma-separated list. */
export function EventsInput({ began }: { began: string[] }) {
	const translate = useTranslate();
	const [all, setAll] = useState(began.includes('*'));
	const named = useResourcesWith('feed');
	const resources = named.map(({ id }) => id);
	const [{ chosen, others }, set] = useState(() => split(began, resources));
	const [sought, seek] = useState('');
	const shown = named.filter(({ name }) => name.toLowerCase().includes(sought.toLowerCase()));
	const toggle = (events: string[], on: boolean) => {
		const next = new Set(chosen);
		for (const one of events)
			if (on) next.add(one);
			else next.delete(one);
		set({ chosen: next, others });
	};
	return (
		<Box role="group" aria-label={translate('webhooks.events')}>
			<input type="hidden" name="events" value={all ? '*' : patterns(chosen, others, resources).join(',')} />
			<FormControlLabel
				control={
					<Checkbox
						checked={all}
						onChange={(_, on) => setAll(on)}
						// The browser requires at least one choice.
						slotProps={{ input: { required: !all && chosen.size + others.length === 0 } }}
					/>
				}
				label={translate('webhooks.all_events')}
			/>
			{!all && (
				<>
					<TextField
						id="events-search"
						size="small"
						fullWidth
						label={translate('webhooks.find_event')}
						value={sought}
						onChange={({ target }) => seek(target.value)}
						onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
					/>
					<Table size="small" aria-label={translate('webhooks.events')}>
						<TableHead>
							<TableRow>
								<TableCell component="th" scope="col">
									{translate('webhooks.record')}
								</TableCell>
								{verbs.map((verb) => (
									<TableCell key={verb} component="th" scope="col" align="center" sx={{ px: 0.5 }}>
										{translate(`webhooks.verbs.${verb}`)}
									</TableCell>
								))}
							</TableRow>
						</TableHead>
						<TableBody>
							{shown.map(({ id, name }) => (
								<TableRow key={id}>
									<TableCell component="th" scope="row">
										{name}
									</TableCell>
									{verbs.map((verb) => (
										<TableCell key={verb} align="center" sx={{ p: 0 }}>
											<Checkbox
												size="small"
												checked={chosen.has(`${id}.${verb}`)}
												onChange={(_, on) => toggle([`${id}.${verb}`], on)}
												slotProps={{
													input: {
														'aria-label': `${name}: ${translate(`webhooks.verbs.${verb}`)}`,
													},
												}}
											/>
										</TableCell>
									))}
								</TableRow>
							))}
						</TableBody>
					</Table>
				</>
			)}
		</Box>
	);
}
