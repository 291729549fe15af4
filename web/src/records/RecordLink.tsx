// The buttons that lead from the page of a record to its form, and back. They keep their labels on a phone.
import Edit from '@mui/icons-material/EditOutlined';
import View from '@mui/icons-material/VisibilityOutlined';
import Button, { type ButtonProps } from '@mui/material/Button';
import { useRecordContext, useResourceContext, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';

const pages = {
	edit: { icon: <Edit />, end: '' },
	show: { icon: <View />, end: '/show' },
};

export function RecordLink({ to, ...props }: Pick<ButtonProps, 'variant' | 'size'> & { to: keyof typeof pages }) {
	const row = useRecordContext();
	const resource = useResourceContext();
	const translate = useTranslate();
	const { icon, end } = pages[to];
	return (
		row && (
			<Button
				{...props}
				startIcon={icon}
				component={Link}
				to={`/${resource}/${encodeURIComponent(row.id)}${end}`}
				state={{ _scrollToTop: true }}
			>
				{translate(`ra.action.${to}`)}
			</Button>
		)
	);
}
