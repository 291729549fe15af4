import { useState } from 'react';
import Check from '@mui/icons-material/Check';
import Unfold from '@mui/icons-material/UnfoldMore';
import Avatar from '@mui/material/Avatar';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ListItemIcon from '@mui/material/ListItemIcon';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Typography from '@mui/material/Typography';
import { visuallyHidden } from '@mui/utils';
import { useQuery } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { useMe } from '../data/session';
import { useRefusal } from '../data/authRefusal';
import { enter, organizationsQuery } from './queries';

export function OrganizationSwitcher({ small }: { small: boolean }) {
	const translate = useTranslate();
	const notify = useNotify();
	const explain = useRefusal();
	const { organization_id } = useMe();
	const { data = [] } = useQuery(organizationsQuery);
	const [anchor, setAnchor] = useState<HTMLElement>();
	const active = data.find(({ id }) => id === organization_id);
	const name = active?.name ?? '…';
	const close = () => setAnchor(undefined);
	const choose = (id: string) => {
		close();
		if (id !== organization_id) enter(id).catch((error) => notify(explain(error), { type: 'error' }));
	};
	return (
		<>
			<Button
				fullWidth
				color="inherit"
				aria-haspopup="menu"
				onClick={(event) => setAnchor(event.currentTarget)}
				sx={{ justifyContent: 'flex-start', gap: 1.25, minWidth: 0, px: small ? 0.5 : 1 }}
			>
				<Avatar
					aria-hidden
					variant="rounded"
					sx={{
						width: 28,
						height: 28,
						fontSize: '0.9rem',
						bgcolor: 'primary.main',
						color: 'primary.contrastText',
					}}
				>
					{name.slice(0, 1).toUpperCase()}
				</Avatar>
				<Box component="span" sx={visuallyHidden}>
					{translate('organization.switch')}:{small && ` ${name}`}
				</Box>
				{!small && (
					<>
						<Typography
							component="span"
							sx={{
								flexGrow: 1,
								minWidth: 0,
								fontWeight: 600,
								lineHeight: 1.25,
								textAlign: 'left',
								overflowWrap: 'anywhere',
							}}
						>
							{name}
						</Typography>
						<Unfold fontSize="small" color="action" />
					</>
				)}
			</Button>
			<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={close}>
				{data.map(({ id, name, suspended }) => (
					<MenuItem
						key={id}
						selected={id === organization_id}
						disabled={suspended}
						onClick={() => choose(id)}
					>
						<ListItemIcon>{id === organization_id && <Check fontSize="small" />}</ListItemIcon>
						{name}
						{suspended && ` (${translate('organization.suspended_mark')})`}
					</MenuItem>
				))}
			</Menu>
		</>
	);
}
