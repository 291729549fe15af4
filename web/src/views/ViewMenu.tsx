// The menu in which users select, save, edit and delete saved views.
import { Suspense, useState } from 'react';
import Icon from '@mui/icons-material/BookmarkBorder';
import Group from '@mui/icons-material/GroupOutlined';
import Divider from '@mui/material/Divider';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { Button } from 'react-admin';
import { useDataProvider, useGetList, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { lazy } from '../ui/lazy';
import { useMe } from '../data/session';
import { useUndo } from '../data/undo';
import { isView, type Sort, type View } from './view';

const ViewDialog = lazy(() => import('./ViewDialog').then(({ ViewDialog }) => ({ default: ViewDialog })));

export function ViewMenu({
	resource,
	filters,
	sort,
	columns,
	group,
	apply,
}: {
	resource: string;
	filters: Record<string, unknown>;
	sort?: Sort;
	columns?: View['columns'];
	/** The field of the board or the calendar, for a list that can be shown as one. */
	group?: string | null;
	apply: (view: Partial<Pick<View, 'sort' | 'columns' | 'group_by'>> & Pick<View, 'filters'>) => void;
}) {
	const me = useMe();
	const translate = useTranslate();
	const refresh = useRefresh();
	const undo = useUndo();
	const { tell } = useDataProvider<Provider>();
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const [opened, setOpened] = useState(false); // most lists have no view, so names load later
	const [asking, setAsking] = useState<'new' | View>();
	const [, act] = useAct();
	const { data = [], total = 0 } = useGetList<View>(
		'views',
		{ filter: { resource }, sort: { field: 'name', order: 'ASC' }, pagination: { page: 1, perPage: 100 } },
		{ enabled: opened || columns != null || group != null || Object.keys(filters).length > 0 },
	);
	const current = data.find((view) => isView(view, filters, sort, group));
	const mine = current?.sales_id === me.id;
	const close = () => setAnchor(null);
	const choose = (what: () => unknown) => () => {
		close();
		what();
	};
	const remove = ({ id, name, filters, sort, columns, group_by, sharing }: View) =>
		act(async () => {
			await tell(`/api/views/${id}`, undefined, 'DELETE');
			refresh();
			undo(translate('views.deleted', { name }), () =>
				tell('/api/views', { resource, name, filters, sort, columns, group_by, sharing }),
			);
		});
	return (
		<>
			<Button
				label={current?.name ?? 'views.title'}
				aria-haspopup="menu"
				onClick={(event) => {
					setAnchor(event.currentTarget);
					setOpened(true);
				}}
			>
				<Icon />
			</Button>
			<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={close}>
				<MenuItem
					selected={Object.keys(filters).length === 0 && !group}
					onClick={choose(() => apply({ filters: {} }))}
				>
					{translate('views.all')}
				</MenuItem>
				{data.map((view) => (
					<MenuItem key={view.id} selected={view === current} onClick={choose(() => apply(view))}>
						<ListItemText>{view.name}</ListItemText>
						{view.sharing !== 'private' && (
							<Group
								fontSize="small"
								color="action"
								titleAccess={translate('views.shared')}
								sx={{ ml: 2 }}
							/>
						)}
					</MenuItem>
				))}
				{total > data.length && <MenuItem disabled>{translate('i18n.first', { n: data.length })}</MenuItem>}
				<Divider />
				<MenuItem onClick={choose(() => setAsking('new'))}>{translate('views.keep')}</MenuItem>
				{current && mine && (
					<MenuItem onClick={choose(() => setAsking(current))}>
						{translate('views.change', { name: current.name })}
					</MenuItem>
				)}
				{current && (mine || me.administrator) && (
					<MenuItem onClick={choose(() => remove(current))}>
						{translate('views.delete', { name: current.name })}
					</MenuItem>
				)}
			</Menu>
			{asking && (
				<Suspense>
					<ViewDialog
						view={asking === 'new' ? undefined : asking}
						close={() => setAsking(undefined)}
						save={async (said) => {
							await (asking === 'new'
								? tell('/api/views', {
										resource,
										filters,
										sort: sort ?? null,
										columns,
										group_by: group,
										...said,
									})
								: tell(`/api/views/${asking.id}`, { columns, ...said }, 'PATCH'));
							setAsking(undefined);
							refresh();
						}}
					/>
				</Suspense>
			)}
		</>
	);
}
