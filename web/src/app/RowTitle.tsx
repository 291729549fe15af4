import { useGetRecordRepresentation, useRecordContext, useResourceContext } from 'ra-core';

/** What the row at hand is called, and nothing else. */
export function RowTitle() {
	const row = useRecordContext();
	const name = useGetRecordRepresentation(useResourceContext());
	return row && <>{name(row)}</>;
}
