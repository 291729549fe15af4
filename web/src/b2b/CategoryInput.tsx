// The input for a product's category: a text field for which the browser suggests the categories of other products.
import { useId } from 'react';
import { useQuery } from '@tanstack/react-query';
import { TextInput } from 'react-admin';
import { useDataProvider } from 'ra-core';
import type { Provider } from '../data/dataProvider';

export function CategoryInput({ field: _, ...props }: { source: string; field?: unknown }) {
	const id = useId();
	const { ask } = useDataProvider<Provider>();
	const { data = [] } = useQuery({
		queryKey: ['products', 'categories'],
		queryFn: () => ask<{ category: string | null }[]>('/api/products/aggregate', { group: '["category"]' }),
	});
	return (
		<>
			<TextInput {...props} slotProps={{ htmlInput: { list: id } }} />
			<datalist id={id}>
				{data.map(({ category }) => category && <option key={category} value={category} />)}
			</datalist>
		</>
	);
}
