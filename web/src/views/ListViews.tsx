import { useListContext } from 'ra-core';
import { ViewMenu } from './ViewMenu';

/** For the actions of a list: its views, by its filters and its order. */
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
