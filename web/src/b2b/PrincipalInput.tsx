// Selects one of the companies that are principals. Who may not read profiles selects any company, and the server refuses
// those that are none.
import { mayField, useMay } from '../app/permissions';
import { RowInput } from '../app/RowInput';
import { useMe } from '../app/session';

export function PrincipalInput(props: { source: string }) {
	const me = useMe();
	const known = useMay('company_profiles', 'read') && mayField(me, 'company_profiles', 'is_principal', 'read');
	return known ? <RowInput reference="company_profiles" filter={{ is_principal: true }} {...props} />
		: <RowInput reference="companies" {...props} />;
}
