// Adds the catalogue's labels and its data about resources to the areas.
import { useContext, useMemo, type ReactNode } from 'react';
import { I18nContext } from 'react-admin';
import { useCatalogue } from '../data/session';
import { Areas, type Area } from './area';
import { completeAreas } from './complete';
import { withLabels } from './labels';

export function Described({ areas, children }: { areas: Area[]; children: ReactNode }) {
	const catalogue = useCatalogue();
	const i18n = useContext(I18nContext);
	const all = useMemo(() => completeAreas(areas, catalogue), [areas, catalogue]);
	const worded = useMemo(() => withLabels(i18n, catalogue), [i18n, catalogue]);
	return (
		<Areas value={all}>
			<I18nContext.Provider value={worded}>{children}</I18nContext.Provider>
		</Areas>
	);
}
