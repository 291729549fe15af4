import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { dayKey, useRegion } from '../app/formats';
import { isOn, type View } from './appointment';
import { Entry } from './Entry';

const SHOWN = 3; // appointments per day

/** The weeks of a month; the number of a day links to its agenda. */
export function Month({ day, days, appointments, agenda }: View) {
	const locale = useRegion();
	const translate = useTranslate();
	const narrow = useMediaQuery('(max-width: 700px)');
	const week = new Intl.DateTimeFormat(locale, { weekday: narrow ? 'narrow' : 'short' });
	const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
	const today = dayKey(new Date());
	return (
		<Card>
			<Box
				aria-hidden
				sx={{ display: 'grid', gridTemplateColumns: 'repeat(7, minmax(0, 1fr))', color: 'text.secondary' }}
			>
				{days.slice(0, 7).map((one) => (
					<Typography key={+one} variant="body2" sx={{ p: 1, textAlign: { xs: 'center', sm: 'left' } }}>
						{week.format(one)}
					</Typography>
				))}
			</Box>
			<Box
				component="ul"
				sx={{
					listStyle: 'none',
					m: 0,
					p: 0,
					display: 'grid',
					gridTemplateColumns: 'repeat(7, minmax(0, 1fr))',
				}}
			>
				{days.map((one) => {
					const here = appointments.filter((appointment) => isOn(appointment, one));
					const now = dayKey(one) === today,
						other = one.getMonth() !== day.getMonth();
					const name = [
						full.format(one),
						here.length > 0 && translate('appointments.count', { smart_count: here.length }),
					]
						.filter(Boolean)
						.join(', ');
					return (
						<Box
							component="li"
							key={+one}
							sx={{
								minHeight: { xs: 56, sm: 116 },
								p: 0.5,
								borderTop: 1,
								borderColor: 'divider',
								minWidth: 0,
								'&:not(:nth-of-type(7n))': { borderRight: 1, borderRightColor: 'divider' },
								...(other && { bgcolor: 'background.default' }),
							}}
						>
							<Link
								component={RouterLink}
								to={agenda(one)}
								aria-label={name}
								aria-current={now ? 'date' : undefined}
								sx={{
									display: 'grid',
									placeItems: 'center',
									width: 28,
									height: 28,
									borderRadius: '50%',
									fontSize: '0.875rem',
									mx: { xs: 'auto', sm: 0 },
									fontVariantNumeric: 'tabular-nums',
									color: now ? 'primary.contrastText' : other ? 'text.secondary' : 'text.primary',
									...(now && { bgcolor: 'primary.main', fontWeight: 700 }),
								}}
							>
								{one.getDate()}
							</Link>
							{narrow ? (
								here.length > 0 && (
									<Box
										aria-hidden
										sx={{ display: 'flex', justifyContent: 'center', gap: '3px', mt: 0.5 }}
									>
										{here.slice(0, SHOWN).map(({ id }) => (
											<Box
												key={id}
												sx={{
													width: 6,
													height: 6,
													borderRadius: '50%',
													bgcolor: 'primary.main',
												}}
											/>
										))}
									</Box>
								)
							) : (
								<Box sx={{ display: 'grid', gap: 0.5, mt: 0.5 }}>
									{here.slice(0, SHOWN).map((appointment) => (
										<Entry key={appointment.id} appointment={appointment} />
									))}
									{here.length > SHOWN && (
										<Link
											component={RouterLink}
											to={agenda(one)}
											variant="body2"
											sx={{ px: 0.75, minHeight: 24 }}
										>
											{translate('appointments.more', { smart_count: here.length - SHOWN })}
										</Link>
									)}
								</Box>
							)}
						</Box>
					);
				})}
			</Box>
		</Card>
	);
}
