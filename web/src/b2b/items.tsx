// The items on the pages of opportunities: products or free texts with quantity, price, discount and tax.
import Icon from '@mui/icons-material/ReceiptLongOutlined';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { BooleanInput } from 'react-admin';
import { useGetManyAggregate, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { Link as RouterLink } from 'react-router-dom';
import type { Area } from '../records/area';
import { useRegion } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { References } from '../records/fields';
import { Minor, MinorInput, priceText } from '../records/minor';
import type { Resource } from '../records/resource';
import { useFieldOf } from '../records/resources';
import { described } from '../records/pages';
import { RowInput } from '../records/RowInput';
import { useSettled } from '../ui/settled';

interface Props {
	source: string;
	field?: unknown;
}

interface Opportunity extends RaRecord {
	currency: string;
	amount: number;
	items_net: number | null;
}

/** Returns the opportunity to which the item in the form belongs. */
function useOpportunity(): Opportunity | undefined {
	const chosen = useWatch({ name: 'opportunity_id' });
	const row = useRecordContext();
	const id = chosen ?? row?.opportunity_id;
	const { data: [opportunity] = [] } = useGetManyAggregate<Opportunity>(
		'opportunities',
		{ ids: id ? [id] : [] },
		{ enabled: Boolean(id) },
	);
	return opportunity;
}

/** The input for a price in the currency of the opportunity. An empty input shows the price from the price list. */
function PriceInput(props: Props) {
	const translate = useTranslate();
	const region = useRegion();
	const opportunity = useOpportunity();
	const currency = opportunity?.currency;
	const [product_id, quantity] = useSettled(useWatch({ name: ['product_id', 'quantity'] }));
	const { data } = useQuery({
		queryKey: ['product_prices', product_id, quantity, currency],
		enabled: typeof product_id === 'number' && Number(quantity) > 0 && Boolean(currency),
		retry: false,
		queryFn: async () =>
			(
				await send<{ name: string; price: number }[]>(
					`/api/products/${product_id}/prices?${new URLSearchParams({ quantity: String(quantity), currency: currency! }).toString()}`,
				)
			).json.sort((a, b) => a.name.localeCompare(b.name)),
	});
	const [listed] = data ?? [];
	const fields = 'resources.opportunity_items.fields';
	return (
		<MinorInput
			{...props}
			helperText={
				!product_id || !data
					? `${fields}.price_help`
					: listed
						? translate(`${fields}.listed`, {
								price: priceText(region, currency!, listed.price),
								name: listed.name,
							})
						: translate(`${fields}.unlisted`)
			}
			currency={currency}
		/>
	);
}

const confirmed = (value: unknown) =>
	value === true ? undefined : 'resources.opportunity_items.fields.replaces_needed';

/** Asks for confirmation before the first item replaces an amount that a user entered. */
function Replaces() {
	const translate = useTranslate();
	const { money } = useFormats();
	const opportunity = useOpportunity();
	if (!opportunity || opportunity.items_net !== null || !(opportunity.amount > 0)) return null;
	const { currency, amount } = opportunity;
	const typed = money(amount, currency);
	return (
		<Alert severity="warning" sx={{ my: 1 }}>
			{translate('resources.opportunity_items.fields.replaces_help', { amount: typed })}
			<BooleanInput
				source="replaces"
				label="resources.opportunity_items.fields.replaces"
				helperText={false}
				validate={confirmed}
			/>
		</Alert>
	);
}

/** The input for a product. It offers unarchived products, and the current product even if it is archived. */
const ProductInput = ({ field: _, ...props }: Props) => (
	<RowInput reference="products" filter={{ archived_at: null }} {...props} />
);

const resource: Resource = {
	name: 'opportunity_items',
	icon: Icon,
	title: ({ name, id }) => name ?? `#${id}`,
	Line: ({ row }) => {
		const translate = useTranslate();
		const fieldOf = useFieldOf(resource.name);
		const { count, percent } = useFormats();
		const part = (name: string) =>
			Number(row[name]) > 0 &&
			`${translate(`resources.opportunity_items.fields.${name}`)} ${percent(Number(row[name]))}`;
		return (
			<Stack
				component="li"
				direction="row"
				useFlexGap
				sx={{ gap: 1.5, py: 1.25, flexWrap: 'wrap', justifyContent: 'space-between' }}
			>
				<Box>
					{row.product_id ? <References field={fieldOf('product_id')} value={row.product_id} /> : row.name}
					<Typography component="div" variant="body2" color="textSecondary">
						{[`${count(Number(row.quantity))} ×`, part('discount_percent'), part('tax_percent')]
							.filter(Boolean)
							.join(' · ')}{' '}
						<Minor field={fieldOf('unit_price')} row={row} value={row.unit_price} />
					</Typography>
				</Box>
				<Link component={RouterLink} to={`/opportunity_items/${row.id}`}>
					<Minor field={fieldOf('net_amount')} row={row} value={row.net_amount} />
				</Link>
			</Stack>
		);
	},
	fields: {
		opportunity_id: { reference: 'deals' },
		product_id: { Input: ProductInput },
		name: {
			input: { helperText: 'resources.opportunity_items.fields.name_help' },
			required: ({ product_id }) => !product_id,
		},
		quantity: { required: true, input: { min: 0 } },
		unit_price: {
			Cell: Minor,
			Input: PriceInput,
			required: ({ product_id }) => !product_id,
		},
		discount_percent: { input: { min: 0, max: 100 } },
		tax_percent: { input: { min: 0, max: 100 } },
		net_amount: { Cell: Minor },
		tax_amount: { Cell: Minor },
		total_amount: { Cell: Minor },
		position: { fixed: true },
	},
	form: [
		'opportunity_id',
		'product_id',
		'name',
		['quantity', 'unit_price'],
		['discount_percent', 'tax_percent'],
		{ Part: Replaces },
	],
	complete: ({ replaces: _, ...row }) => row,
	defaults: () => ({ quantity: 1, discount_percent: 0, tax_percent: 0 }),
	list: {
		name: 'name',
		columns: ['opportunity_id', 'product_id', 'quantity', 'unit_price', 'net_amount', 'total_amount'],
		sort: ['position', 'ASC'],
		filters: ['opportunity_id', 'product_id', 'name'],
	},
};

export const items: Area = { ...described(resource), menu: undefined };
