// The items of opportunities, on the pages of these: products or other things with quantity, price, discount and tax.
import Icon from '@mui/icons-material/ReceiptLongOutlined';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useGetManyAggregate, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { Link as RouterLink } from 'react-router-dom';
import type { Feature } from '../app/feature';
import { useFormats } from '../app/formats';
import { References } from '../app/kinds';
import { Minor, MinorInput } from '../app/minor';
import { fieldOf, type Noun } from '../app/noun';
import { described } from '../app/pages';
import { RowInput } from '../app/RowInput';

interface Props {
	source: string;
	field?: unknown;
}

/** In the currency of the opportunity. */
function PriceInput(props: Props) {
	const chosen = useWatch({ name: 'opportunity_id' });
	const id = chosen ?? useRecordContext()?.opportunity_id;
	const { data: [opportunity] = [] } = useGetManyAggregate<RaRecord & { currency: string }>('opportunities', { ids: id ? [id] : [] }, { enabled: Boolean(id) });
	return <MinorInput helperText="resources.opportunity_items.fields.price_help" {...props} currency={opportunity?.currency} />;
}

/** Products that are offered; the present one may be archived. */
const ProductInput = ({ field: _, ...props }: Props) => <RowInput reference="products" filter={{ archived_at: null }} {...props} />;

const noun: Noun = {
	name: 'opportunity_items',
	icon: Icon,
	title: ({ name, id }) => name ?? `#${id}`,
	Line: ({ row }) => {
		const translate = useTranslate();
		const { count, percent } = useFormats();
		const part = (name: string) => Number(row[name]) > 0 && `${translate(`resources.opportunity_items.fields.${name}`)} ${percent(Number(row[name]))}`;
		return (
			<Stack component="li" direction="row" useFlexGap sx={{ gap: 1.5, py: 1.25, flexWrap: 'wrap', justifyContent: 'space-between' }}>
				<Box>
					{row.product_id ? <References field={fieldOf(noun, 'product_id')} value={row.product_id} /> : row.name}
					<Typography component="div" variant="body2" color="textSecondary">
						{[`${count(Number(row.quantity))} ×`, part('discount_percent'), part('tax_percent')].filter(Boolean).join(' · ')}
						{' '}<Minor field={fieldOf(noun, 'unit_price')} row={row} value={row.unit_price} />
					</Typography>
				</Box>
				<Link component={RouterLink} to={`/opportunity_items/${row.id}`}><Minor field={fieldOf(noun, 'net_amount')} row={row} value={row.net_amount} /></Link>
			</Stack>
		);
	},
	fields: {
		opportunity_id: { kind: 'reference', reference: 'deals', required: true },
		product_id: { kind: 'reference', reference: 'products', Input: ProductInput },
		name: { kind: 'text', input: { helperText: 'resources.opportunity_items.fields.name_help' } },
		quantity: { kind: 'number', required: true, input: { min: 0 } },
		unit_price: { kind: 'number', Cell: Minor, Input: PriceInput },
		discount_percent: { kind: 'number', input: { min: 0, max: 100 } },
		tax_percent: { kind: 'number', input: { min: 0, max: 100 } },
		net_amount: { kind: 'number', fixed: true, Cell: Minor },
		tax_amount: { kind: 'number', fixed: true, Cell: Minor },
		total_amount: { kind: 'number', fixed: true, Cell: Minor },
		position: { kind: 'number', fixed: true },
	},
	form: ['opportunity_id', 'product_id', 'name', ['quantity', 'unit_price'], ['discount_percent', 'tax_percent']],
	defaults: () => ({ quantity: 1, discount_percent: 0, tax_percent: 0 }),
	list: {
		name: 'name',
		columns: ['opportunity_id', 'product_id', 'quantity', 'unit_price', 'net_amount', 'total_amount'],
		sort: ['position', 'ASC'],
		filters: ['opportunity_id', 'product_id', 'name'],
	},
	words: {
		en: {
			name: 'Item |||| Items',
			empty: 'No items yet. With items, the amount of the deal is their sum.',
			action: { create: 'Add item' },
			fields: { opportunity_id: 'Deal', product_id: 'Product', name: 'Name', name_help: 'Without a product', quantity: 'Quantity', unit_price: 'Unit price',
				price_help: 'Empty: that of the price list', discount_percent: 'Discount', tax_percent: 'Tax', net_amount: 'Net', tax_amount: 'Tax amount',
				total_amount: 'Total', position: 'Position' },
			tabs: { deals: 'Items' },
			notifications: { created: 'Item added', updated: 'Item updated', deleted: 'Item removed |||| %{smart_count} items removed' },
		},
		fr: {
			name: 'Ligne |||| Lignes',
			empty: 'Aucune ligne. Avec des lignes, le montant de l’affaire est leur somme.',
			action: { create: 'Ajouter une ligne' },
			fields: { opportunity_id: 'Affaire', product_id: 'Produit', name: 'Nom', name_help: 'Sans produit', quantity: 'Quantité', unit_price: 'Prix unitaire',
				price_help: 'Vide : celui du tarif', discount_percent: 'Remise', tax_percent: 'Taxe', net_amount: 'Net', tax_amount: 'Montant de la taxe',
				total_amount: 'Total', position: 'Position' },
			tabs: { deals: 'Lignes' },
			notifications: { created: 'Ligne ajoutée', updated: 'Ligne modifiée', deleted: 'Ligne retirée |||| %{smart_count} lignes retirées' },
		},
	},
};

export const items: Feature = { ...described(noun), menu: undefined };
