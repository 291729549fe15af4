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
import { dayKey, useFormats } from '../app/formats';
import { Face, fullName } from '../app/People';
import { useMay } from '../app/permissions';
import { dayOf, LOST, type Deal } from './deal';

export function DealCard({ deal, held = false, ghost = false }: {
	deal: Deal;
	/** The card is being dragged; this one marks its target. */
	held?: boolean;
	/** The picture under the pointer, without controls. */
	ghost?: boolean;
}) {
	const translate = useTranslate();
	const may = useMay('deals', 'update');
	const { money, day } = useFormats();
	const { dealCategories, dealPipelineStatuses, lostReasons } = useConfiguration();
	const owner = deal.sales && fullName(deal.sales);
	const lost = deal.outcome ? deal.outcome === 'lost' : deal.stage === LOST;
	const open = deal.outcome ? deal.outcome === 'open' : !lost && !dealPipelineStatuses.includes(deal.stage);
	const overdue = open && deal.expected_closing_date != null && deal.expected_closing_date < dayKey(new Date());
	const closing = day(dayOf(deal.expected_closing_date));
	const reason = lost && labelOf(lostReasons, deal.outcome_reason ?? deal.metadata?.lost_reason);
	return (
		<Paper variant="outlined" component={ghost ? 'div' : 'li'} {...!ghost && { 'data-card': deal.id }}
			sx={{ p: 1.25, pr: 0.5, display: 'flex', gap: 0.5, userSelect: 'none', cursor: 'grab',
				...held && { outline: 2, outlineStyle: 'solid', outlineColor: 'primary.main', opacity: 0.6 },
				...ghost && { boxShadow: 6, rotate: '1.5deg' } }}>
			<Box sx={{ minWidth: 0, flex: 1 }}>
				<Link component={RouterLink} to={`/deals/${deal.id}/show`} draggable={false} color="inherit"
					sx={{ display: 'block', fontWeight: 600, lineHeight: 1.35, overflowWrap: 'anywhere' }}>
					{deal.name}
				</Link>
				{deal.company && (
					<Stack direction="row" spacing={0.75} sx={{ alignItems: 'center', mt: 0.25 }}>
						<Face square size={18} name={deal.company.name} file={deal.company.logo} />
						<Typography variant="body2" color="textSecondary" noWrap>{deal.company.name}</Typography>
					</Stack>
				)}
				<Stack direction="row" useFlexGap sx={{ mt: 0.5, columnGap: 1, flexWrap: 'wrap', alignItems: 'baseline' }}>
					<Typography variant="body2" sx={{ fontWeight: 600, fontVariantNumeric: 'tabular-nums' }}>
						{money(deal.amount, deal.currency)}
					</Typography>
					{[labelOf(dealCategories, deal.category), !overdue && closing].filter(Boolean).map((text) => (
						<Typography key={String(text)} variant="body2" color="textSecondary" noWrap>{text}</Typography>
					))}
					{overdue && (
						<Typography variant="body2" color="error" sx={{ fontWeight: 600 }}>{translate('deals.overdue', { date: closing })}</Typography>
					)}
					{reason && <Typography variant="body2" color="textSecondary">{translate('deals.lost_for', { reason })}</Typography>}
				</Stack>
			</Box>
			<Stack sx={{ alignItems: 'center', justifyContent: 'space-between' }}>
				{may && (
					<IconButton size="small" data-handle disableRipple={ghost} aria-pressed={held}
						aria-label={translate('deals.handle', { name: deal.name })} aria-describedby="board-help"
						sx={{ alignSelf: 'flex-start', touchAction: 'none', cursor: 'grab', color: 'text.secondary' }}>
						<Handle fontSize="small" />
					</IconButton>
				)}
				{owner && (
					<Box role="img" aria-label={translate('deals.owned', { name: owner })} title={owner}>
						<Face size={22} name={owner} file={deal.sales.avatar} />
					</Box>
				)}
			</Stack>
		</Paper>
	);
}
