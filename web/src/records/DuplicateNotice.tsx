// Reports that the record just saved has the same value as another record, with a link to it.
import { useEffect } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useNotify, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { onDuplicate } from '../data/http';

/** Listens to writes while it is mounted. */
export function DuplicateNotice() {
	const notify = useNotify();
	const translate = useTranslate();
	useEffect(
		() =>
			onDuplicate((existing) =>
				notify(
					<Alert
						severity="warning"
						variant="filled"
						action={
							<Button color="inherit" size="small" component={Link} to={`/${existing}/show`}>
								{translate('ra.action.show')}
							</Button>
						}
					>
						{translate('i18n.duplicate')}
					</Alert>,
					{ autoHideDuration: 10_000 },
				),
			),
		[notify, translate],
	);
	return null;
}
