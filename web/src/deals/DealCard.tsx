// A card of the board. All cards have the same three lines of plain elements, because a board has hundreds of cards.
import { memo } from 'react';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { Card, type Held } from '../board/Card';
import { labelOf, useConfiguration } from '../data/configuration';
import { dayKey } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { Face, fullName } from '../records/People';
import { dayOf, LOST, type Deal } from './deal';

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

export const DealCard = memo(function DealCard({ deal, ...rest }: { deal: Deal } & Held) {
	return (
		<Card id={deal.id} name={deal.name} side={<Owner deal={deal} />} {...rest}>
			<Lines deal={deal} />
		</Card>
	);
});
