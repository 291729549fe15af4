// The user's sessions. The user can sign out of each session.
import Devices from '@mui/icons-material/DevicesOutlined';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import { useFormats } from '../data/useFormats';
import { Line, Lines, Panel } from '../ui/Panel';
import { sessionQuery } from '../data/session';
import { asked } from '../data/auth';
import { device } from './device';

export function Sessions() {
	const translate = useTranslate();
	const { ago, dateTime } = useFormats();
	const { data: mine } = useQuery(sessionQuery);
	const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => asked((auth) => auth.listSessions()) });
	const [busy, act] = useAct();
	const end = (work: () => Promise<unknown>) =>
		act(() => work().then(() => sessions.refetch()), 'profile.session_ended');
	const others = sessions.data?.filter(({ id }) => id !== mine?.session.id) ?? [];
	return (
		<Panel
			title={translate('profile.sessions')}
			lead={translate('profile.sessions_help')}
			action={
				others.length > 0 && (
					<Button
						variant="outlined"
						color="error"
						disabled={busy}
						onClick={() => end(() => asked((auth) => auth.revokeOtherSessions()))}
					>
						{translate('profile.end_others')}
					</Button>
				)
			}
		>
			<QueryResult query={sessions}>
				{(all) => (
					<Lines>
						{all.map(({ id, token, userAgent, ipAddress, updatedAt, createdAt }) => {
							const name = device(userAgent) || translate('profile.unknown_device');
							return (
								<Line
									key={id}
									icon={<Devices color="action" />}
									title={name}
									note={
										<span title={dateTime(createdAt)}>
											{[ipAddress, ago(updatedAt)].filter(Boolean).join(' · ')}
										</span>
									}
									action={
										id === mine?.session.id ? (
											<Chip
												size="small"
												color="primary"
												variant="outlined"
												label={translate('profile.this_session')}
											/>
										) : (
											<Button
												size="small"
												color="error"
												disabled={busy}
												aria-label={`${translate('profile.end')}: ${name}`}
												onClick={() =>
													end(() => asked((auth) => auth.revokeSession({ token })))
												}
											>
												{translate('profile.end')}
											</Button>
										)
									}
								/>
							);
						})}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}
