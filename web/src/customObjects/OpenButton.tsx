// The button that opens the list of the custom object whose definition is shown.
import Open from '@mui/icons-material/ArrowForward';
import { Button } from 'react-admin';
import { useRecordContext, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';

export function OpenButton() {
	const row = useRecordContext();
	const translate = useTranslate();
	return (
		row && (
			<Button
				component={Link}
				to={`/${row.resource as string}`}
				label={translate('customObjects.open', { name: row.plural as string })}
			>
				<Open />
			</Button>
		)
	);
}
