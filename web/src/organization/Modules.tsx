// The modules of the organization, for administrators.
import Switch from '@mui/material/Switch';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useLocale, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import type { Locale } from '../i18n/i18n';
import { loadModule } from '../records/modules';
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
	const locale = useLocale() as Locale;
	const [busy, act] = useAct();
	const query = useQuery({
		queryKey: ['modules', locale],
		queryFn: async () =>
			Promise.all(
				(await provider.ask<State[]>('/api/modules')).map(async (one) => ({
					...one,
					words: (await loadModule(one.id))?.words[locale],
				})),
			),
	});
	// The menu and the permissions change, so all pages begin again.
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
						{all.map(({ id, enabled, words }) => (
							<Line
								key={id}
								title={words?.name ?? id}
								note={words?.about}
								action={
									<Switch
										checked={enabled}
										disabled={busy}
										onChange={() => set(id, !enabled)}
										slotProps={{ input: { 'aria-label': words?.name ?? id } }}
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
