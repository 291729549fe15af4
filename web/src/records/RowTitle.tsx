import { useRecordContext, useResourceContext } from 'ra-core';
import { useRowName } from './resources';

/** The name of the current record. */
export function RowTitle() {
	const row = useRecordContext();
	const name = useRowName(useResourceContext());
	return row && <>{name(row)}</>;
}
