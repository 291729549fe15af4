// The link to the list of records, on the pages of a single record.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { useTranslate } from 'ra-core';
import { Link as RouterLink, useLocation } from 'react-router-dom';
import { TOUCH, touched } from '../ui/theme';
import { useAreas } from './area';

export default function Breadcrumb() {
	const translate = useTranslate();
	const { pathname } = useLocation();
	const here = useAreas().find(({ routes }) => routes && pathname.startsWith(`/${routes.name}/`));
	const to = `/${here?.routes?.name}`;
	const label = [here?.menu, here?.settings].find((entry) => entry?.to === to)?.label;
	return (
		here && (
			<Box
				component="nav"
				aria-label={translate('i18n.breadcrumb')}
				sx={{ pt: 1.5, mb: -1.5, [TOUCH]: { mb: -1 }, position: 'relative', zIndex: 1 }}
			>
				<Link component={RouterLink} to={to} variant="body2" sx={touched}>
					{translate(label ?? `resources.${here.routes!.name}.name`, { smart_count: 2 })}
				</Link>
			</Box>
		)
	);
}
