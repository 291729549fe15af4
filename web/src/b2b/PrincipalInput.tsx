// Selects one of the companies that are principals.
import { useGetList, type RaRecord } from 'ra-core';
import { RowInput } from '../app/RowInput';

const MOST = 200;

export function PrincipalInput(props: { source: string }) {
	const { data } = useGetList<RaRecord<number>>('company_profiles', { filter: { is_principal: true },
		sort: { field: 'id', order: 'ASC' }, pagination: { page: 1, perPage: MOST } });
	return <RowInput reference="companies" filter={{ id: data?.map(({ id }) => id) ?? [] }} {...props} />;
}
