// The organization's modules, for administrators.
import Switch from '@mui/material/Switch';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { addTexts } from '../i18n/i18n';
import { Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { begin } from '../data/session';

interface State {
	id: string;
	enabled: boolean;
}

export default function Modules() {
	const provider = useDataProvider<Provider>();
	const translate = useTranslate();
	const nameOf = (module: string) => translate(`${module}.name`, { _: module });
	const [busy, act] = useAct();
	const query = useQuery({
		queryKey: ['modules'],
		queryFn: async () => {
			const all = await provider.ask<State[]>('/api/modules');
			await addTexts(all.map(({ id }) => id));
			return all;
		},
	});
	// Switches a module on or off. All pages are reloaded, because the menu and the permissions change.
	const set = (id: string, enabled: boolean) =>
		act(async () => {
			await provider.tell(`/api/modules/${id}`, { enabled }, 'PUT');
			begin('/organization/modules');
		});
	return (
		<Panel title={translate('organization.parts.modules')}>
			<QueryResult query={query}>
				{(all) => (
					<Lines>
						{all.map(({ id, enabled }) => (
							<Line
								key={id}
								title={nameOf(id)}
								note={translate(`${id}.about`, { _: '' })}
								action={
									<Switch
										checked={enabled}
										disabled={busy}
										onChange={() => set(id, !enabled)}
										slotProps={{ input: { 'aria-label': nameOf(id) } }}
									/>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}
