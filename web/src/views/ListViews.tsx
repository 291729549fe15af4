import { useListContext } from 'ra-core';
import { ViewMenu } from './ViewMenu';

/** The menu of saved views in the actions of a react-admin list. */
export function ListViews() {
	const { resource, filterValues, sort, setFilters, setSort } = useListContext();
	return (
		<ViewMenu resource={resource} filters={filterValues} sort={[sort.field, sort.order]} apply={(filters, order) => {
			setFilters(filters, Object.fromEntries(Object.keys(filters).map((name) => [name, true])));
			if (order)
				setSort({ field: order[0], order: order[1] });
		}} />
	);
}
