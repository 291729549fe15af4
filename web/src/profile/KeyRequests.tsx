// The requests that were sent with an API key in the last 24 hours.
import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import { Older, useOlder } from '../ui/Older';
import { Line, Lines } from '../ui/Panel';

interface Request {
	/** The request ID: X-Request-Id. */
	id: string;
	at: string;
	method: string;
	route: string;
	status: number;
	code: string | null;
	duration: number;
	body: string | null;
}

/** Milliseconds between two list reads: the server logs each request a second late. */
const PAUSE = 3000;

export function KeyRequests({ id }: { id: string }) {
	const translate = useTranslate();
	const { dateTime, count } = useFormats();
	const [refused, setRefused] = useState(false);
	const query = useOlder<Request>('/api/api_keys/requests', { id, ...(refused && { refused: true }) });
	const { refetch } = query;
	useEffect(() => {
		const timer = setInterval(() => void refetch(), PAUSE);
		return () => clearInterval(timer);
	}, [refetch]);
	return (
		<>
			<FormControlLabel
				label={translate('profile.requests_refused')}
				control={<Switch checked={refused} onChange={(_, on) => setRefused(on)} />}
			/>
			<Older query={query} empty={translate('profile.no_requests')}>
				{(requests) => (
					<Lines>
						{requests.map((one) => (
							<Line
								key={one.id}
								title={`${one.method} ${one.route}`}
								note={
									<>
										{[dateTime(one.at), `${count(Math.ceil(one.duration))} ms`, one.code, one.id]
											.filter(Boolean)
											.join(' · ')}
										{one.body && (
											<Typography
												component="pre"
												variant="body2"
												sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', mt: 0.5 }}
											>
												{one.body}
											</Typography>
										)}
									</>
								}
								action={
									<Box>
										<Chip
											size="small"
											variant="outlined"
											color={one.status < 400 ? 'success' : 'error'}
											label={one.status}
										/>
									</Box>
								}
							/>
						))}
					</Lines>
				)}
			</Older>
		</>
	);
}
