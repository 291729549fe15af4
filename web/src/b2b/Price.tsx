// A price in the currency of its price list. The API uses minor units.
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

// Returns the price list that is selected in a form, or the record's price list if the record is edited in place.
function useChosenList() {
	const chosen = useWatch({ name: 'price_list_id' });
	const row = useRecordContext();
	return useList(chosen ?? row?.price_list_id);
}

/** The input for a price in the currency of its price list. */
export const PriceInput = (props: Props) => <MinorInput {...props} currency={useChosenList()?.currency} />;

/** The input for a product. It offers the unarchived products of the list's principal, and the current product. */
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
