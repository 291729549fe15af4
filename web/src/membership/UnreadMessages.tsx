// The number of the user's unread messages, beside the menu entry.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { send } from '../data/http';

export const unreadKey = ['member_messages', 'unread'];

export default function UnreadMessages({ children }: { children: ReactNode }) {
	const translate = useTranslate();
	const { data = 0 } = useQuery({
		queryKey: unreadKey,
		refetchInterval: 60_000,
		queryFn: async () => (await send<{ unread: number }>('/api/member_messages/unread')).json.unread,
	});
	return (
		<Box component="span" sx={{ position: 'relative', display: 'inline-flex' }}>
			{children}
			{data > 0 && (
				<Box
					component="span"
					role="img"
					aria-label={translate('membership.unread', { count: data })}
					sx={{
						position: 'absolute',
						top: -8,
						left: 'calc(100% - 8px)',
						px: 0.5,
						minWidth: 16,
						boxSizing: 'border-box',
						borderRadius: 4,
						bgcolor: 'primary.main',
						color: 'primary.contrastText',
						fontSize: 11,
						fontWeight: 600,
						lineHeight: '16px',
						textAlign: 'center',
					}}
				>
					{data > 99 ? '99+' : data}
				</Box>
			)}
		</Box>
	);
}
