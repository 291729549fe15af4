// Asks why deals were lost, after any write that marks deals as lost.
import { Suspense, useEffect, useState } from 'react';
import { useDataProvider, useNotify } from 'ra-core';
import { useExplain } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { onWrite } from '../data/http';
import { lazy } from '../ui/lazy';
import { may, mayField } from '../data/permissions';
import { useMe } from '../data/session';
import { LOST, type Deal } from './deal';
import type { Lost } from './LostReason';

const PAGE = 1000;
const written = /^\/api\/deals(?:\/(\d+))?(?:\/(?:move|bulk))?$/;

export const LostReason = lazy(() => import('./LostReason'));

/** Listens to writes while it is mounted. */
export function LostReasons() {
	const { ask } = useDataProvider<Provider>();
	const notify = useNotify();
	const explain = useExplain();
	const me = useMe();
	const asks = may(me, 'deals', 'update') && mayField(me, 'deals', 'metadata', 'update');
	const [deals, setDeals] = useState<Lost[]>([]);
	useEffect(() => {
		const find = async (filter: object) => {
			const lost: Lost[] = [];
			for (let page: Lost[] = [], n = 0; n === 0 || page.length === PAGE; n += PAGE) {
				page = await ask<Lost[]>('/api/deals', {
					filter,
					fields: ['id', 'name', 'metadata'],
					sort: ['id', 'ASC'],
					range: [n, n + PAGE - 1],
					count: 'none',
				});
				lost.push(...page);
			}
			setDeals((asked) => [...asked.filter(({ id }) => !lost.some((one) => one.id === id)), ...lost]);
		};
		const heard = async (...[path, body, answer]: Parameters<Parameters<typeof onWrite>[0]>) => {
			const [found, id = answer?.id] = written.exec(path) ?? [];
			if (!asks || !found || (body?.set ?? body)?.stage !== LOST) return;
			try {
				// A bulk change does not list the changed deals, but their `updated_at` is the time of the bulk change.
				await find(
					body.set
						? { stage: LOST, updated_at: (await ask<Deal>(`/api/bulk_changes/${answer.id}`)).created_at }
						: { id: Number(id) },
				);
			} catch (error) {
				notify(explain(error), { type: 'error' });
			}
		};
		return onWrite((...write) => void heard(...write));
	}, [ask, asks, notify, explain]);
	return (
		deals.length > 0 && (
			<Suspense>
				<LostReason deals={deals} close={() => setDeals([])} />
			</Suspense>
		)
	);
}
