import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useRecordContext, useTranslate } from 'ra-core';
import { Fact } from '../app/Fact';
import { useFormats } from '../app/formats';
import { safeLink } from '../app/link';
import { Colleague } from '../app/People';
import type { Company } from './company';

function Typed({ address }: { address: string }) {
	const href = safeLink(address);
	return href ? <Link href={href} target="_blank" rel="noreferrer">{address.replace(/^https?:\/\//, '')}</Link> : address;
}

export function CompanyFacts() {
	const translate = useTranslate();
	const { date } = useFormats();
	const company = useRecordContext<Company>();
	if (!company)
		return null;
	const { website, linkedin_url, phone_number, address, zipcode, city, state_abbr, country } = company;
	const place = [address, [zipcode, city].filter(Boolean).join(' '),
		[state_abbr, country].filter(Boolean).join(', ')].filter(Boolean).join('\n');
	return (
		<Card component="section" aria-labelledby="facts" sx={{ p: 2 }}>
			<Typography id="facts" variant="h5" component="h2" gutterBottom>{translate('companies.about')}</Typography>
			<Box component="dl" sx={{ m: 0, display: 'grid', gap: 1.5 }}>
				<Fact name="description">{company.description}</Fact>
				<Fact name="website">{website && <Typed address={website} />}</Fact>
				<Fact name="linkedin_url">{linkedin_url && <Typed address={linkedin_url} />}</Fact>
				<Fact name="phone_number">
					{phone_number && <Link href={`tel:${phone_number.replace(/[^+\d]/g, '')}`}>{phone_number}</Link>}
				</Fact>
				<Fact name="address">{place}</Fact>
				<Fact name="revenue">{company.revenue}</Fact>
				<Fact name="tax_identifier">{company.tax_identifier}</Fact>
				<Fact name="context_links">
					{company.context_links && company.context_links.length > 0 && company.context_links.map((one, n) => (
						<Box key={n} component="span" sx={{ display: 'block' }}><Typed address={one} /></Box>
					))}
				</Fact>
				<Fact name="sales_id">{company.sales_id && <Colleague />}</Fact>
				<Fact name="created_at">{date(company.created_at)}</Fact>
			</Box>
		</Card>
	);
}
