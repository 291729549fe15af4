import Handle from '@mui/icons-material/DragIndicator';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { labelOf, useConfiguration } from '../app/configuration';
import { useFormats } from '../app/formats';
import { Face } from '../app/People';
import { dayOf, type Deal } from './deal';

export function DealCard({ deal, held = false, ghost = false }: {
	deal: Deal;
	/** The card is being dragged; this one marks its target. */
	held?: boolean;
	/** The picture under the pointer, without controls. */
	ghost?: boolean;
}) {
	const translate = useTranslate();
	const { money, day } = useFormats();
	const { dealCategories } = useConfiguration();
	const closing = dayOf(deal.expected_closing_date);
	return (
		<Paper variant="outlined" component={ghost ? 'div' : 'li'} {...!ghost && { 'data-card': deal.id }}
			sx={{ p: 1.25, pr: 0.5, display: 'flex', gap: 0.5, userSelect: 'none', cursor: 'grab',
				...held && { outline: 2, outlineStyle: 'solid', outlineColor: 'primary.main', opacity: 0.6 },
				...ghost && { boxShadow: 6, rotate: '1.5deg' } }}>
			<Box sx={{ minWidth: 0, flex: 1 }}>
				<Stack direction="row" spacing={1} sx={{ alignItems: 'flex-start' }}>
					{deal.company && <Face square size={22} name={deal.company.name} file={deal.company.logo} />}
					<Link component={RouterLink} to={`/deals/${deal.id}/show`} draggable={false} color="inherit"
						sx={{ fontWeight: 600, lineHeight: 1.35, overflowWrap: 'anywhere' }}>
						{deal.name}
					</Link>
				</Stack>
				{deal.company && (
					<Typography variant="body2" color="textSecondary" noWrap>{deal.company.name}</Typography>
				)}
				<Stack direction="row" useFlexGap sx={{ mt: 0.5, columnGap: 1, flexWrap: 'wrap', alignItems: 'baseline' }}>
					<Typography variant="body2" sx={{ fontWeight: 600, fontVariantNumeric: 'tabular-nums' }}>
						{money(deal.amount)}
					</Typography>
					<Typography variant="body2" color="textSecondary">
						{[labelOf(dealCategories, deal.category), day(closing)].filter(Boolean).join(' · ')}
					</Typography>
				</Stack>
			</Box>
			<IconButton size="small" data-handle disableRipple={ghost} aria-pressed={held}
				aria-label={translate('deals.handle', { name: deal.name })} aria-describedby="board-help"
				sx={{ alignSelf: 'flex-start', touchAction: 'none', cursor: 'grab', color: 'text.secondary' }}>
				<Handle fontSize="small" />
			</IconButton>
		</Paper>
	);
}
