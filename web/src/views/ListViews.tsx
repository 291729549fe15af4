import { useListContext } from 'ra-core';
import { useBoardField } from '../board/useBoardField';
import { apiName, named } from '../i18n/customNames';
import type { Completed } from '../records/resource';
import { useColumns } from '../records/useColumns';
import { ViewMenu } from './ViewMenu';

/** The menu of saved views, among the actions of a react-admin list. */
export function ListViews({ resource }: { resource: Completed }) {
	const { filterValues, sort, setFilters, setSort } = useListContext();
	const { chosen, setViewed } = useColumns(resource);
	const { field, set: setField } = useBoardField(resource);
	return (
		<ViewMenu
			resource={resource.name}
			filters={filterValues}
			sort={[sort.field, sort.order]}
			columns={chosen}
			group={field ? apiName(field) : null}
			apply={({ filters, sort: order, columns, group_by: group }) => {
				setFilters(filters, Object.fromEntries(Object.keys(filters).map((name) => [name, true])));
				if (order) setSort({ field: order[0], order: order[1] });
				setViewed(columns ?? null);
				setField(group ? named(group) : null);
			}}
		/>
	);
}
