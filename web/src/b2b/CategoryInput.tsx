// The category of a product: a text, with those of other products to choose from.
import { AutocompleteInput } from 'react-admin';
import { useDataProvider } from 'ra-core';
import { useQuery } from '@tanstack/react-query';
import type { Provider } from '../app/dataProvider';

export function CategoryInput({ field: _, ...props }: { source: string; field?: unknown }) {
	const { ask } = useDataProvider<Provider>();
	const { data = [] } = useQuery({ queryKey: ['products', 'categories'],
		queryFn: () => ask<{ category: string | null }[]>('/api/products/aggregate', { group: '["category"]' }) });
	const choices = data.flatMap(({ category }) => category ? { id: category, name: category } : []);
	return <AutocompleteInput choices={choices} onCreate={(name) => ({ id: name ?? '', name })} {...props} />;
}
