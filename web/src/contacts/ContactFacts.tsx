import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useRecordContext, useTranslate } from 'ra-core';
import { Fact } from '../app/Fact';
import { useFormats } from '../app/formats';
import { safeLink } from '../app/link';
import { Colleague } from '../app/People';
import type { Contact } from './contact';

export function ContactFacts() {
	const translate = useTranslate();
	const { date, ago } = useFormats();
	const contact = useRecordContext<Contact>();
	if (!contact)
		return null;
	const { email_jsonb, phone_jsonb, linkedin_url, background, first_seen, last_seen } = contact;
	const linkedin = safeLink(linkedin_url);
	const kind = (type: string) => type && translate(`contacts.kinds.${type}`, { _: type });
	return (
		<Card component="section" aria-labelledby="facts" sx={{ p: 2 }}>
			<Typography id="facts" variant="h5" component="h2" gutterBottom>{translate('contacts.about')}</Typography>
			<Box component="dl" sx={{ m: 0, display: 'grid', gap: 1.5 }}>
				{email_jsonb && email_jsonb.length > 0 && (
					<Fact name="email_jsonb">
						{email_jsonb.map(({ email, type }) => (
							<Box key={email} component="span" sx={{ display: 'block' }}>
								<Link href={`mailto:${encodeURIComponent(email)}`}>{email}</Link>{' '}
								<Typography component="span" variant="body2" color="textSecondary">{kind(type)}</Typography>
							</Box>
						))}
					</Fact>
				)}
				{phone_jsonb && phone_jsonb.length > 0 && (
					<Fact name="phone_jsonb">
						{phone_jsonb.map(({ number, type }) => (
							<Box key={number} component="span" sx={{ display: 'block' }}>
								<Link href={`tel:${number.replace(/[^+\d]/g, '')}`}>{number}</Link>{' '}
								<Typography component="span" variant="body2" color="textSecondary">{kind(type)}</Typography>
							</Box>
						))}
					</Fact>
				)}
				{linkedin_url && (
					<Fact name="linkedin_url">
						{linkedin ? <Link href={linkedin} target="_blank" rel="noreferrer">{linkedin_url}</Link> : linkedin_url}
					</Fact>
				)}
				{background && <Fact name="background">{background}</Fact>}
				<Fact name="sales_id"><Colleague /></Fact>
				<Fact name="first_seen">{date(first_seen)}</Fact>
				<Fact name="last_seen">{ago(last_seen)}</Fact>
			</Box>
		</Card>
	);
}
