import { useState } from 'react';
import Book from '@mui/icons-material/MenuBookOutlined';
import Leave from '@mui/icons-material/LogoutOutlined';
import Person from '@mui/icons-material/AccountCircleOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ListItemIcon from '@mui/material/ListItemIcon';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { visuallyHidden } from '@mui/utils';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useLogout, useNotify, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { Face, fullName } from '../records/People';
import { useMe } from '../data/session';
import { useControls } from '../auth/Controls';
import { useRefusal } from '../data/authRefusal';

// A long name must leave room for the page title.
const short = { maxWidth: 160, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' };

export function PersonMenu() {
	const me = useMe();
	const logout = useLogout();
	const notify = useNotify();
	const explain = useRefusal();
	const translate = useTranslate();
	const narrow = useMediaQuery('(max-width: 600px)');
	const { languages, scheme } = useControls();
	const [anchor, setAnchor] = useState<HTMLElement>();
	const name = fullName(me);
	return (
		<>
			<Button
				color="inherit"
				aria-haspopup="menu"
				onClick={(event) => setAnchor(event.currentTarget)}
				sx={{ gap: 1, minWidth: 0 }}
			>
				<Face name={name} file={me.avatar} size={28} />
				<Box component="span" sx={narrow ? visuallyHidden : short}>
					{name}
				</Box>
			</Button>
			<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(undefined)}>
				<MenuItem component={Link} to="/profile" onClick={() => setAnchor(undefined)}>
					<ListItemIcon>
						<Person fontSize="small" />
					</ListItemIcon>
					{translate('profile.title')}
				</MenuItem>
				{[...languages, scheme].map(({ lang, label, Icon, run }) => (
					<MenuItem
						key={label}
						lang={lang}
						onClick={() => {
							setAnchor(undefined);
							run();
						}}
					>
						<ListItemIcon>
							<Icon fontSize="small" />
						</ListItemIcon>
						{label}
					</MenuItem>
				))}
				{!me.portal && (
					<MenuItem component="a" href="/docs/" hrefLang="en">
						<ListItemIcon>
							<Book fontSize="small" />
						</ListItemIcon>
						{translate('profile.documents')}
					</MenuItem>
				)}
				<MenuItem
					onClick={() => logout({}, '/sign-in').catch((error) => notify(explain(error), { type: 'error' }))}
				>
					<ListItemIcon>
						<Leave fontSize="small" />
					</ListItemIcon>
					{translate('ra.auth.logout')}
				</MenuItem>
			</Menu>
		</>
	);
}
