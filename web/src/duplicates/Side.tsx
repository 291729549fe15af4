import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useGetManyAggregate, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { Face } from '../records/People';
import type { Company } from '../companies/company';
import type { Contact } from '../contacts/contact';
import type { Pair } from './duplicate';

const of = {
	contacts: (row: Contact) => [
		[row.title, row.company_name].filter(Boolean).join(' · '),
		...(row.email_jsonb ?? []).map(({ email }) => email),
		...(row.phone_jsonb ?? []).map(({ number }) => number),
	],
	companies: (row: Company) => [
		row.website,
		row.phone_number,
		[row.address, row.zipcode, row.city, row.country].filter(Boolean).join(', '),
	],
};

/** One record of a pair, with enough data to recognize it. */
export function Side({ resource, id, name }: { resource: Pair['resource']; id: number; name: string }) {
	const translate = useTranslate();
	const { data } = useGetManyAggregate<RaRecord>(resource, { ids: [id] });
	const row = data?.[0];
	const lines = row ? of[resource](row as Contact & Company).filter(Boolean) : [];
	return (
		<Box sx={{ display: 'flex', gap: 1.5, p: 2, border: 1, borderColor: 'divider', borderRadius: 2 }}>
			<Face name={name} file={row?.avatar ?? row?.logo} square={resource === 'companies'} />
			<Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
				<Link component={RouterLink} to={`/${resource}/${id}/show`} sx={{ fontWeight: 600 }}>
					{name || translate('duplicates.nameless')}
				</Link>
				{lines.map((line, n) => (
					<Typography key={n} variant="body2" color="textSecondary">
						{line}
					</Typography>
				))}
			</Box>
		</Box>
	);
}
