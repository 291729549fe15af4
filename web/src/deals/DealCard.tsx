// A card of the board. All cards have the same three lines of plain elements, since the board has hundreds of cards.
// While a card is dragged, only the component with useDraggable() is rendered again, and not its parts.
import { memo, type MouseEvent } from 'react';
import { useDraggable } from '@dnd-kit/core';
import Dots from '@mui/icons-material/MoreVert';
import type { SxProps, Theme } from '@mui/material/styles';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { labelOf, useConfiguration } from '../data/configuration';
import { dayKey } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { Face, fullName } from '../records/People';
import { TOUCH } from '../ui/theme';
import { dayOf, LOST, type Deal } from './deal';

/** The style of the cards below. */
export const cards = {
	'& .card': {
		display: 'flex',
		gap: 0.5,
		p: 1.25,
		pr: 0.5,
		border: 1,
		borderColor: 'divider',
		borderRadius: 1,
		bgcolor: 'background.paper',
		typography: 'body2',
		color: 'text.secondary',
		cursor: 'grab',
		userSelect: 'none',
		touchAction: 'manipulation',
		WebkitTouchCallout: 'none',
		contentVisibility: 'auto',
		containIntrinsicSize: 'auto 82px',
	},
	'& .card.held': { outline: 2, outlineStyle: 'solid', outlineColor: 'primary.main', opacity: 0.6 },
	'& .card.ghost': { boxShadow: 6, rotate: '1.5deg', cursor: 'grabbing' },
	'& .card a': { color: 'text.primary', fontWeight: 600, textDecoration: 'none' },
	'& .card a:hover': { textDecoration: 'underline' },
	'& .card .lines': { flex: 1, minWidth: 0, display: 'grid', gridAutoRows: 20, lineHeight: '20px' },
	'& .card .lines > *': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
	'& .card .company': { display: 'flex', gap: 0.75, alignItems: 'center' },
	'& .card .company > span': { overflow: 'hidden', textOverflow: 'ellipsis' },
	'& .card .overdue': { color: 'error.main', fontWeight: 600 },
	'& .card .side': {
		display: 'flex',
		flexDirection: 'column',
		alignItems: 'center',
		justifyContent: 'space-between',
	},
	'& .card button': {
		display: 'flex',
		p: 0.25,
		border: 0,
		borderRadius: '50%',
		bgcolor: 'transparent',
		color: 'text.secondary',
		cursor: 'pointer',
	},
	'& .card button:hover': { bgcolor: 'action.hover' },
	[TOUCH]: { '& .card button': { width: 44, height: 44, alignItems: 'center', justifyContent: 'center' } },
	'& .card button:focus-visible': { outline: '2px solid', outlineColor: 'primary.main' },
	'& .target': { height: 3, my: '-5.5px', borderRadius: 1, bgcolor: 'primary.main' },
} satisfies SxProps<Theme>;

const dots = <Dots fontSize="small" />;

const Lines = memo(function Lines({ deal }: { deal: Deal }) {
	const translate = useTranslate();
	const { money, day } = useFormats();
	const { dealCategories, dealPipelineStatuses, lostReasons } = useConfiguration();
	const lost = deal.outcome ? deal.outcome === 'lost' : deal.stage === LOST;
	const open = deal.outcome ? deal.outcome === 'open' : !lost && !dealPipelineStatuses.includes(deal.stage);
	const overdue = open && deal.expected_closing_date != null && deal.expected_closing_date < dayKey(new Date());
	const closing = day(dayOf(deal.expected_closing_date));
	const reason = lost && labelOf(lostReasons, deal.outcome_reason ?? deal.metadata?.lost_reason);
	const rest = [
		reason && translate('deals.lost_for', { reason }),
		!overdue && closing,
		labelOf(dealCategories, deal.category),
	].filter(Boolean);
	return (
		<div className="lines">
			<Link to={`/deals/${deal.id}/show`} draggable={false} title={deal.name}>
				{deal.name}
			</Link>
			<span className="company">
				{deal.company && (
					<>
						<Face square size={18} name={deal.company.name} file={deal.company.logo} />
						<span>{deal.company.name}</span>
					</>
				)}
			</span>
			<span>
				{money(deal.amount, deal.currency)}
				{overdue && (
					<>
						{' · '}
						<span className="overdue">{translate('deals.overdue', { date: closing })}</span>
					</>
				)}
				{rest.map((text) => ` · ${String(text)}`)}
			</span>
		</div>
	);
});

const Owner = memo(function Owner({ deal }: { deal: Deal }) {
	const translate = useTranslate();
	const owner = deal.sales && fullName(deal.sales);
	return (
		owner && (
			<span role="img" aria-label={translate('deals.owned', { name: owner })} title={owner}>
				<Face size={22} name={owner} file={deal.sales.avatar} />
			</span>
		)
	);
});

/** The copy of the card under the pointer, without controls. */
export const Ghost = ({ deal }: { deal: Deal }) => (
	<div className="card ghost">
		<Lines deal={deal} />
	</div>
);

/** The whole card can be dragged. Its button opens a menu, and is the handle for dragging with the keyboard. */
export const DealCard = memo(function DealCard({
	deal,
	held,
	fixed,
	choose,
}: {
	deal: Deal;
	/** The card is being dragged. */
	held: boolean;
	/** The card cannot be moved. */
	fixed: boolean;
	choose: (id: number, anchor: HTMLElement) => void;
}) {
	const translate = useTranslate();
	const { listeners, attributes, setNodeRef, setActivatorNodeRef } = useDraggable({ id: deal.id, disabled: fixed });
	return (
		<li ref={setNodeRef} {...listeners} className={held ? 'card held' : 'card'} data-card={deal.id}>
			<Lines deal={deal} />
			<div className="side">
				{!fixed && (
					<button
						ref={setActivatorNodeRef}
						type="button"
						aria-pressed={held}
						aria-haspopup="menu"
						aria-label={translate('deals.handle', { name: deal.name })}
						aria-describedby={attributes['aria-describedby']}
						onClick={(event: MouseEvent<HTMLElement>) => choose(deal.id, event.currentTarget)}
						// The space bar starts dragging, and must not press the button.
						onKeyUp={(event) => event.key === ' ' && event.preventDefault()}
					>
						{dots}
					</button>
				)}
				<Owner deal={deal} />
			</div>
		</li>
	);
});
