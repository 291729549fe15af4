import { useGetRecordRepresentation, useRecordContext, useResourceContext } from 'ra-core';

/** The name of the current record. */
export function RowTitle() {
	const row = useRecordContext();
	const name = useGetRecordRepresentation(useResourceContext());
	return row && <>{name(row)}</>;
}
