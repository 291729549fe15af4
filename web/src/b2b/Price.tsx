// A price in the currency of its list; the API uses minor units.
import { useGetManyAggregate, useRecordContext, type RaRecord } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { useRegion } from '../i18n/formats';
import { MinorInput, priceText } from '../records/minor';
import type { Shown } from '../records/resource';
import { RowInput } from '../records/RowInput';

interface List extends RaRecord<number> {
	currency: string;
	principal_id: number;
}

function useList(id: number | undefined): List | undefined {
	const { data: [list] = [] } = useGetManyAggregate<List>(
		'price_lists',
		{ ids: id ? [id] : [] },
		{ enabled: Boolean(id) },
	);
	return list;
}

export function Price({ row, value }: Shown) {
	const region = useRegion();
	const list = useList(row.price_list_id);
	return list && priceText(region, list.currency, value);
}

interface Props {
	source: string;
	field?: unknown;
}

// Returns the selected list in a form, or the list of the record if it is edited in place.
function useChosenList() {
	const chosen = useWatch({ name: 'price_list_id' });
	const row = useRecordContext();
	return useList(chosen ?? row?.price_list_id);
}

/** The input of a price in the currency of the list. */
export const PriceInput = (props: Props) => <MinorInput {...props} currency={useChosenList()?.currency} />;

/** The products of the list's principal that are not archived, and the current product, which may be archived. */
export function ProductInput({ field: _, ...props }: Props) {
	const list = useChosenList();
	return (
		<RowInput
			reference="products"
			filter={{ archived_at: null, ...(list && { principal_id: list.principal_id }) }}
			{...props}
		/>
	);
}
